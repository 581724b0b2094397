import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler } from '@toolyard/graphql'
import { describe, expect, it } from 'vitest'
import { fixtureStdio } from '../fixtures/mcp/mcp-fixture.ts'

const stdio = (env: Record<string, string>) => ({ transport: 'stdio' as const, ...fixtureStdio(), env })
const refused = (path: readonly string[]) => ({ code: 'INVALID_INPUT', path })

describe('what a stdio server is started with', () => {
  it('has the variables that an option allows, where commands are restricted', async () => {
    await using registry = await createRegistry({ stdio: { commands: [process.execPath], allowEnv: ['node:A'] } })
    const creating = registry.servers.create({ name: 'a', config: stdio({ A: '1', NODE_OPTIONS: 'secret' }) })
    await expect(creating).rejects.toMatchObject(refused(['config', 'env', 'NODE_OPTIONS']))
    await expect(creating).rejects.not.toThrow('secret')
    const { id } = await registry.servers.create({ name: 'a', config: stdio({ A: '1' }), refresh: false })
    const patching = registry.servers.update(id, { config: { transport: 'stdio', setEnv: { LD_PRELOAD: 'x' } } })
    await expect(patching).rejects.toMatchObject(refused(['config', 'setEnv', 'LD_PRELOAD']))
    const config = stdio({ BASH_ENV: 'x' })
    const replacing = registry.servers.update(id, { config: { transport: 'replace', config } })
    await expect(replacing).rejects.toMatchObject(refused(['config', 'config', 'env', 'BASH_ENV']))
  })

  it('has any variable where any command may be run, unless an option says otherwise', async () => {
    await using open = await createRegistry()
    const config = stdio({ NODE_OPTIONS: '--no-warnings' })
    await open.servers.create({ name: 'a', config, refresh: false })
    await using named = await createRegistry({ stdio: { allowEnv: ['A'] } })
    await expect(named.servers.create({ name: 'a', config })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is checked again when it is started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    const first = await createRegistry({ storage, stdio: { allowEnv: ['NODE_*'] } })
    const config = stdio({ NODE_OPTIONS: '--no-warnings' })
    const { id } = await first.servers.create({ name: 'a', config, refresh: false })
    expect((await (await first.servers.refresh(id)).result()).added.length).toBeGreaterThan(0)
    await first.close()
    await using second = await createRegistry({ storage, stdio: { allowEnv: [] } })
    const failing = (await second.servers.refresh(id)).result()
    await expect(failing).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('NODE_OPTIONS'),
    })
    expect(await second.servers.get(id)).toMatchObject({ status: 'NEEDS_INPUT' })
    // It can still be renamed, and mended.
    await second.servers.update(id, { name: 'b' })
    await second.servers.update(id, { config: { transport: 'stdio', unsetEnv: ['NODE_OPTIONS'] } })
    expect(await (await second.servers.refresh(id)).result()).toMatchObject({ deleted: [] })
    await second.close()
    await rm(folder, { recursive: true })
  })

  it('is one of the commands that an option names, when it is stored and when it is started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    const first = await createRegistry({ storage, stdio: { commands: [process.execPath] } })
    expect(first.stats().stdioAllowed).toBe(true)
    const { id } = await first.servers.create({ name: 'a', config: stdio({}), refresh: false })
    expect((await (await first.servers.refresh(id)).result()).added.length).toBeGreaterThan(0)
    const other = { transport: 'stdio' as const, command: '/bin/sh', args: ['-c', 'true'] }
    const notAllowed = { code: 'STDIO_NOT_ALLOWED', path: ['config', 'command'] }
    await expect(first.servers.create({ name: 'b', config: other })).rejects.toMatchObject(notAllowed)
    await expect(first.servers.update(id, { config: other })).rejects.toMatchObject(notAllowed)
    await first.close()
    await using second = await createRegistry({ storage, stdio: { commands: [] } })
    expect(second.stats().stdioAllowed).toBe(false)
    const failing = (await second.servers.refresh(id)).result()
    await expect(failing).rejects.toMatchObject({ code: 'STDIO_NOT_ALLOWED', retryable: false })
    expect(await second.servers.get(id)).toMatchObject({ status: 'ERROR' })
    await second.close()
    await rm(folder, { recursive: true })
  })

  it('is refused over GraphQL with the place of the variable', async () => {
    await using registry = await createRegistry({ stdio: { allowEnv: ['A'] } })
    const query = `mutation {
      createMcpServer(input: { name: "a", config: { stdio: { command: "x", env: [{ name: "A", value: { literal: "1" } }, { name: "RUBYOPT", value: { literal: "secret" } }] } } }) {
        ... on InputError { code path message }
      }
    }`
    const request = new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    const text = await (await createHandler(registry)(request)).text()
    expect(JSON.parse(text).data.createMcpServer).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'config', 'stdio', 'env', '1'],
    })
    expect(text).not.toContain('secret')
  })
})

describe('the headers of an HTTP server', () => {
  it.each([
    'Host',
    'content-length',
    'Mcp-Session-Id',
    'mcp-of-a-later-revision',
    'DPoP',
    'Transfer-Encoding',
    'Proxy-Authorization',
    'Content-Type',
  ])('have no %s: requests set it themselves, or it belongs to one connection', async (name) => {
    await using registry = await createRegistry()
    const http = { transport: 'streamableHttp' as const, serverUrl: 'http://127.0.0.1:9/mcp' }
    const creating = registry.servers.create({ name: 'a', config: { ...http, customHeaders: { [name]: 'secret' } } })
    await expect(creating).rejects.toMatchObject(refused(['config', 'customHeaders', name]))
    const auth = { header: name, token: 'secret' }
    const withAuth = registry.servers.create({ name: 'a', config: { ...http, auth } })
    await expect(withAuth).rejects.toMatchObject(refused(['config', 'auth', 'header']))
    const { id } = await registry.servers.create({ name: 'a', config: http, refresh: false })
    const patching = registry.servers.update(id, {
      config: { transport: 'streamableHttp', setHeaders: { [name]: 'secret' } },
    })
    await expect(patching).rejects.toMatchObject(refused(['config', 'setHeaders', name]))
    // An earlier version may have stored it.
    const removing = { config: { transport: 'streamableHttp', unsetHeaders: [name] } } as const
    expect(await registry.servers.update(id, removing)).toMatchObject({ changed: false })
  })
})
