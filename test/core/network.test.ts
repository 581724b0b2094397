import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'

/** Hears of every connection; there must be none. */
async function startCanary() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  server.listen(0)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  return {
    port: address.port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

const blocked = (path?: readonly string[]) => ({ code: 'URL_BLOCKED', ...(path ? { path } : {}) })

describe('with the network policy public', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0.0.0.0', 'a.localhost'])(
    'a server at %s cannot be registered, nor an other one be moved there, and nothing is dialled',
    async (host) => {
      await using canary = await startCanary()
      await using registry = await createRegistry({ network: ['public'] })
      const serverUrl = `http://${host}:${canary.port}/mcp`
      const config = { transport: 'streamableHttp', serverUrl } as const
      const creating = registry.servers.create({ name: 'a', config })
      await expect(creating).rejects.toMatchObject(blocked(['config', 'serverUrl']))
      const elsewhere = { transport: 'sse', serverUrl: 'http://example.com/sse' } as const
      const { id } = await registry.servers.create({ name: 'a', config: elsewhere, refresh: false })
      const moving = registry.servers.update(id, { config: { transport: 'sse', serverUrl } })
      await expect(moving).rejects.toMatchObject(blocked(['config', 'serverUrl']))
      expect(canary.connections()).toBe(0)
    },
  )

  it('a server that was registered before is not dialled, at an address either', async () => {
    await using canary = await startCanary()
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    const first = await createRegistry({ storage })
    const config = { transport: 'sse', serverUrl: `http://127.0.0.1:${canary.port}/sse` } as const
    const { id } = await first.servers.create({ name: 'a', config, refresh: false })
    await first.close()
    await using second = await createRegistry({ storage, network: ['public'] })
    const failing = (await second.servers.refresh(id)).result()
    await expect(failing).rejects.toMatchObject(blocked())
    expect(canary.connections()).toBe(0)
    await second.close()
    await rm(folder, { recursive: true })
  })

  it('a name is judged by the addresses that it resolves to, when it is dialled', async ({ skip }) => {
    const own = hostname()
    const addresses = await lookup(own, { all: true }).catch(() => [])
    if (addresses.length === 0) skip('the name of this machine does not resolve')
    await using canary = await startCanary()
    await using registry = await createRegistry({ network: ['public'] })
    const config = { transport: 'streamableHttp', serverUrl: `http://${own}:${canary.port}/mcp` } as const
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    const failing = (await registry.servers.refresh(id)).result()
    await expect(failing).rejects.toMatchObject({ ...blocked(), retryable: false })
    expect(await registry.servers.get(id)).toMatchObject({ status: 'ERROR' })
    expect(canary.connections()).toBe(0)
  })
})

it('a host that the policy names is reached', async () => {
  await using fixture = await startFixture()
  await using registry = await createRegistry({ network: ['public', '127.0.0.1'] })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
  expect((await (await registry.servers.refresh(id)).result()).added.length).toBeGreaterThan(0)
})

it.each([
  ['another port of a host that may be reached', (port: number) => `http://127.0.0.1:${port}/mcp`],
  ['a host that may not', (port: number) => `http://localhost:${port}/mcp`],
  ['an address in another notation', (port: number) => `http://2130706433:${port}/mcp`],
  ['an address within another', (port: number) => `http://[::ffff:127.0.0.1]:${port}/mcp`],
  ['another scheme', (port: number) => `https://127.0.0.1:${port}/mcp`],
])('a redirect to %s is not followed, and carries no credentials anywhere', async (_, target) => {
  await using canary = await startCanary()
  const redirecting = createHttpServer((_request, response) => {
    response.writeHead(307, { location: target(canary.port) }).end()
  })
  redirecting.listen(0, '127.0.0.1')
  await once(redirecting, 'listening')
  const address = redirecting.address()
  const port = typeof address === 'object' ? address?.port : undefined
  await using registry = await createRegistry({ network: ['public', '127.0.0.1'] })
  for (const transport of ['streamableHttp', 'sse'] as const) {
    const config = { transport, serverUrl: `http://127.0.0.1:${port}/mcp`, auth: { token: 'a secret token' } }
    const { id } = await registry.servers.create({ name: transport, config, refresh: false })
    const failing = (await registry.servers.refresh(id)).result()
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^(CONNECT_FAILED|URL_BLOCKED)$/) })
  }
  expect(canary.connections()).toBe(0)
  redirecting.close()
})
