import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { filesystemStdio, memoryStdio } from '../fixtures/mcp/everything.ts'

let folder: string
let registry: Registry
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'toolyard-')))
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await rm(folder, { recursive: true })
})

async function add(name: string, config: { command: string; args: string[]; env?: Readonly<Record<string, string>> }) {
  const server = await registry.servers.create({ name, config: { transport: 'stdio', ...config }, refresh: false })
  return (await registry.servers.refresh(server.id)).result()
}

describe('server-filesystem', () => {
  it('reads a file of the folder that its args name, and refuses others with isError', async () => {
    await writeFile(join(folder, 'hello.txt'), 'hello')
    const { rejected } = await add('files', filesystemStdio(folder))
    expect(rejected).toEqual([])
    const read = (path: string) => registry.tools.run({ server: 'files', tool: 'read_text_file' }, { path })
    expect(await read(join(folder, 'hello.txt'))).toMatchObject({
      status: 'SUCCEEDED',
      result: { content: [{ type: 'text', text: 'hello' }] },
    })
    expect(await read('/etc/hostname')).toMatchObject({ status: 'FAILED', error: null, result: { status: 'ERROR' } })
  })
})

describe('server-memory', () => {
  it('gets its environment from the configuration', async () => {
    const file = join(folder, 'memory.jsonl')
    await add('memory', memoryStdio(file))
    const entities = [{ name: 'toolyard', entityType: 'project', observations: ['keeps tools'] }]
    const run = await registry.tools.run({ server: 'memory', tool: 'create_entities' }, { entities })
    expect(run.status).toBe('SUCCEEDED')
    expect(await readFile(file, 'utf8')).toContain('keeps tools')
  })
})
