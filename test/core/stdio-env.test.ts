import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

const tells = scriptedStdio(
  "sound['tools/call'] = ({ params }) => ({ content: [{ type: 'text', text: String(process.env[params.arguments.name]) }] })",
)
const variableOf = async (registry: Registry, name: string) =>
  (await registry.tools.run({ server: 'a', tool: 'echo' }, { name })).result?.funcReturn

describe('variables for all stdio servers', () => {
  it('reach each of them, under its own, and never in place of PATH', async () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', SHARED: 'of all', PATH: '/nowhere' }
    await using registry = await createRegistry({ stdio: { env } })
    await registered(registry, 'a', { ...tells, env: { SHARED: 'own' } })
    expect(await variableOf(registry, 'HTTPS_PROXY')).toBe('http://proxy:3128')
    expect(await variableOf(registry, 'SHARED')).toBe('own')
    expect(await variableOf(registry, 'PATH')).not.toContain('/nowhere')
  })

  it.each([{ 'A=B': 'x' }, { A: 1 }, { A: 'x\0' }, 'A'])(
    'of another form, as %j, are refused without the value',
    async (env) => {
      // What TypeScript would not let through, JavaScript does.
      const opening = createRegistry({ stdio: { env: env as never } })
      await expect(opening).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['stdio', 'env'] })
    },
  )
})

describe.skipIf(process.platform === 'win32')('a dial that takes too long', () => {
  const silent = '#!/bin/sh\necho npm http fetch GET >&2\nexec cat >/dev/null\n'
  it.each([
    ['npx', true],
    ['uvx', true],
    ['docker', true],
    ['mcp-server', false],
  ])('of %s says that it may have been downloading: %s, and what it wrote', async (name, isDownloader) => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const command = join(folder, name)
    await writeFile(command, silent, { mode: 0o700 })
    await using registry = await createRegistry()
    const config = { transport: 'stdio', command } as const
    const dialling = registered(registry, 'a', config, { timeouts: { connectMs: 1_000 } })
    const error = await dialling.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, details: { stderrTail: ['npm http fetch GET'] } })
    expect(String(error).includes(`${name} may still have been downloading`)).toBe(isDownloader)
    await rm(folder, { recursive: true })
  })
})
