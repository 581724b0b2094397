import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
let mcp: ScriptedServer
let registry: Registry
let server: RunningServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  mcp = await startScripted()
  registry = await createRegistry()
  server = await serveRegistry(registry, onlyOwnOperations)
  const added = await onServer('add', 'a', mcp.url, '--approval', 'always')
  expect(added).toMatchObject({ code: 0 })
  expect(await onServer('refresh', 'a')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await server.close()
  await registry.close()
  await mcp[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(() => mcp.forget())

const onServer = (...args: readonly string[]) => toolyard([...args, '--url', server.url])

/** The run of a command that waits for a decision. */
async function waiting(): Promise<string> {
  const status = ['AWAITING_APPROVAL'] as const
  await expect.poll(() => registry.runs.count({ status: [...status] })).toBe(1)
  const { edges } = await registry.runs.list({ filter: { status: [...status] } })
  return edges[0]?.node.id ?? ''
}

describe('a run that waits for an approval, at the command line of a server', () => {
  it('is waited for by run, and sent by approve', async () => {
    const running = onServer('run', 'a/echo', '--args', '{"n":1}')
    const id = await waiting()
    expect((await onServer('runs', '--status', 'awaiting-approval')).stdout).toContain(id)
    expect((await onServer('runs', id)).stdout).toMatch(/Status +AWAITING_APPROVAL[\s\S]*Approval +asked for/)
    const approved = await onServer('approve', id, '--reason', 'is fine')
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id} `) })
    const { code, stdout, stderr } = await running
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: '{"n":1}' })
    expect(stderr).toContain(`${id} waits for an approval; toolyard approve ${id}`)
    expect((await onServer('runs', id)).stdout).toMatch(/Approval +APPROVED by anonymous .*: is fine/)
    expect(await onServer('approve', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('is SUCCEEDED') })
  })

  it('fails with the reason once it is rejected', async () => {
    const running = onServer('run', 'a/echo')
    const id = await waiting()
    const rejected = await onServer('reject', id, '--reason', 'not now', '--json')
    expect(JSON.parse(rejected.stdout)).toMatchObject({ id, status: 'CANCELED', approval: { reason: 'not now' } })
    expect(await running).toMatchObject({ code: 1, stderr: expect.stringContaining('Rejected: not now') })
    expect(mcp.count('tools/call')).toBe(0)
  })

  it('is waited for even if its args are not recorded', async () => {
    const tool = await registry.tools.get({ server: 'a', tool: 'echo' })
    await registry.tools.set(tool?.id ?? '', { recordArgs: 'DROP' })
    const running = onServer('run', 'a/echo', '--args', '{"n":2}')
    await onServer('approve', await waiting())
    expect(await running).toMatchObject({ code: 0 })
    await registry.tools.set(tool?.id ?? '', { recordArgs: null })
  })
})

it('shows and sets the policies of servers and tools', async () => {
  expect((await onServer('get', 'a')).stdout).toMatch(/Approval +ALWAYS/)
  expect((await onServer('tools', 'a/echo', '--approval', 'never')).stdout).toMatch(/Approval +NEVER/)
  expect(await onServer('run', 'a/echo')).toMatchObject({ code: 0 })
  expect((await onServer('tools', 'a/echo', '--approval', 'server')).stdout).toMatch(/Approval +that of the server/)
  expect((await onServer('update', 'a', '--approval', 'destructive')).code).toBe(0)
  expect((await onServer('get', 'a', '--json')).stdout).toContain('"approvalPolicy":"DESTRUCTIVE"')
  expect(await onServer('update', 'a', '--approval', 'perhaps')).toMatchObject({ code: 2 })
})

it('approves over the database itself, and waits for the end of the run there', async () => {
  const path = join(folder, 'local.db')
  const storage = () => sqliteStorage({ path })
  const local = (...args: readonly string[]) => toolyard([...args, '--database-url', `sqlite:${path}`])
  let id: string
  {
    await using opened = await createRegistry({ storage: storage() })
    const config = { transport: 'streamableHttp', serverUrl: mcp.url } as const
    const created = await opened.servers.create({ name: 'a', config, approvalPolicy: 'ALWAYS', refresh: false })
    await (await opened.servers.refresh(created.id)).result()
    id = (await opened.tools.start({ server: 'a', tool: 'echo' })).id
  }
  expect(await local('approve', id)).toMatchObject({ code: 0, stdout: `${id} SUCCEEDED\n` })
})
