import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createRegistry, type ProxyOptions, type Registry } from '@toolyard/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ForwardProxy, startForwardProxy } from '../fixtures/http/forward-proxy.ts'
import { certificate, startTlsFront, type TlsFront } from '../fixtures/http/tls-front.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { alsoOverSse } from '../fixtures/mcp/scripted-sse.ts'

const trusted = getCACertificates()
beforeAll(() => setDefaultCACertificates([...trusted, certificate]))
afterAll(() => setDefaultCACertificates(trusted))

let server: ScriptedServer
let front: TlsFront
let proxy: ForwardProxy
beforeEach(async () => {
  server = await startScripted(alsoOverSse())
  front = await startTlsFront(server.port)
  proxy = await startForwardProxy({
    routes: { 'mcp.example:80': server.port, 'mcp.example:443': front.port, 'other.example:80': server.port },
    credentials: 'me:wo%40rd',
  })
})
afterEach(async () => {
  for (const each of [proxy, front, server]) await each[Symbol.asyncDispose]()
})

/** In a URL a percent sign is escaped. */
const through = (): ProxyOptions => ({ httpProxy: proxy.url.replace('wo%40rd', 'wo%2540rd') })
async function callAt(registry: Registry, serverUrl: string, transport: 'streamableHttp' | 'sse' = 'streamableHttp') {
  await registered(registry, 'a', { transport, serverUrl })
  return (await registry.tools.run({ server: 'a', tool: 'echo' }, { n: 1 })).status
}

describe.each(['streamableHttp', 'sse'] as const)('through a proxy, over %s,', (transport) => {
  const path = transport === 'sse' ? '/sse' : '/mcp'

  it('http: is forwarded, with the name, and https: goes through a tunnel, with the name as SNI', async () => {
    await using registry = await createRegistry({ proxy: through() })
    expect(await callAt(registry, `http://mcp.example${path}`, transport)).toBe('SUCCEEDED')
    expect(proxy.asked).toContain(`POST http://mcp.example${path}${transport === 'sse' ? '/messages' : ''}`)
    expect(proxy.asked.every((line) => line.includes('http://mcp.example/'))).toBe(true)
    await using second = await createRegistry({ proxy: through() })
    expect(await callAt(second, `https://mcp.example${path}`, transport)).toBe('SUCCEEDED')
    expect(proxy.asked).toContain('CONNECT mcp.example:443')
    expect(new Set(front.names)).toEqual(new Set(['mcp.example']))
  })

  it('a host that the network policy names is reached by a tunnel', async () => {
    await using registry = await createRegistry({ proxy: through(), network: ['public', 'mcp.example'] })
    expect(await callAt(registry, `http://mcp.example${path}`, transport)).toBe('SUCCEEDED')
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT mcp.example:80']))
  })
})

it('a registry that is imported from is reached through it too, and a proxy over TLS', async () => {
  await using tls = await startTlsFront(Number(proxy.host.split(':')[1]))
  const httpProxy = through().httpProxy?.replace(`http:`, 'https:').replace(proxy.host, `localhost:${tls.port}`) ?? ''
  await using registry = await createRegistry({ proxy: { httpProxy } })
  const source = { registry: { name: 'com.example/a', version: '1', baseUrl: 'http://mcp.example' } }
  // What answers is no registry.
  await registry.servers.import({ source }).catch(() => undefined)
  expect(proxy.asked).toEqual(['GET http://mcp.example/v0.1/servers/com.example%2Fa/versions/1'])
  expect(tls.names).toEqual(['localhost'])
  expect(await callAt(registry, 'https://mcp.example/mcp')).toBe('SUCCEEDED')
})

describe('not through a proxy goes', () => {
  it.each([
    ['what noProxy names', { noProxy: '.example' }],
    ['http:, where there is one for https: alone', { httpProxy: '', httpsProxy: 'http://127.0.0.1:9' }],
  ])('%s', async (_, options) => {
    await using registry = await createRegistry({ proxy: { ...through(), ...options } })
    // No name server knows it.
    await expect(callAt(registry, 'http://mcp.example/mcp')).rejects.toThrow(/mcp\.example/)
    expect(proxy.asked).toEqual([])
  })

  it.each(['127.0.0.1', 'localhost'])('%s', async (host) => {
    await using registry = await createRegistry({ proxy: through() })
    expect(await callAt(registry, `http://${host}:${server.port}/mcp`)).toBe('SUCCEEDED')
    expect(proxy.asked).toEqual([])
  })
})

describe('with the network policy public, a proxy is asked for nothing that', () => {
  it.each(['10.0.0.1', '169.254.169.254', 'metadata.google.internal'])('is %s', async (host) => {
    await using registry = await createRegistry({ proxy: through(), network: ['public'] })
    await expect(callAt(registry, `https://${host}/mcp`)).rejects.toMatchObject({ code: 'URL_BLOCKED' })
    expect(proxy.asked).toEqual([])
  })

  it('resolves here to an address of this machine', async ({ skip }) => {
    const addresses = await lookup(hostname(), { all: true }).catch(() => [])
    if (addresses.length === 0) skip('the name of this machine does not resolve')
    await using registry = await createRegistry({ proxy: through(), network: ['public'] })
    await expect(callAt(registry, `https://${hostname()}/mcp`)).rejects.toMatchObject({ code: 'URL_BLOCKED' })
    expect(proxy.asked).toEqual([])
  })
})

it('a proxy that never answers holds up its server alone, and nothing once the registry is closed', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  // A server that listens on a port has an AddressInfo.
  const { port } = silent.address() as AddressInfo
  const registry = await createRegistry({ proxy: { httpProxy: `127.0.0.1:${port}`, noProxy: 'other.example' } })
  const dialling = registered(
    registry,
    'a',
    { transport: 'streamableHttp', serverUrl: 'https://mcp.example/mcp' },
    { timeouts: { connectMs: 200 } },
  )
  await expect(dialling).rejects.toMatchObject({ code: 'TIMEOUT' })
  await registry.close()
  await Promise.all(sockets.map((socket) => socket.destroyed || once(socket, 'close')))
  expect(sockets).not.toHaveLength(0)
  silent.close()
})

describe('an error says that it is the proxy', () => {
  const failing = async (options: ProxyOptions, url: string) => {
    await using registry = await createRegistry({ proxy: options })
    return await callAt(registry, url).catch((error: unknown) => error)
  }

  it('that asks for credentials, refuses a host, or is not there, and shows no password', async () => {
    const refused = await failing({ httpProxy: `http://me:wrong@${proxy.host}` }, 'https://mcp.example/mcp')
    expect(refused).toMatchObject({ code: 'CONNECT_FAILED', retryable: false })
    expect(String(refused)).toContain(`http://${proxy.host} answered HTTP 407 to CONNECT mcp.example:443; it asks for`)
    const forwarded = await failing({ httpProxy: proxy.host }, 'http://mcp.example/mcp')
    expect(String(forwarded)).toContain('the proxy asks for credentials (HTTP 407)')
    const unknown = await failing(through(), 'https://nowhere.example/mcp')
    expect(String(unknown)).toContain('answered HTTP 502 to CONNECT nowhere.example:443')
    await proxy[Symbol.asyncDispose]()
    for (const url of ['https://mcp.example/mcp', 'http://mcp.example/mcp']) {
      const gone = await failing({ httpProxy: `http://me:wrong@${proxy.host}` }, url)
      expect(gone).toMatchObject({ code: 'CONNECT_FAILED', retryable: true, details: {} })
      expect(String(gone)).toContain(`Could not reach the proxy http://${proxy.host}: ECONNREFUSED`)
      expect(JSON.stringify([refused, unknown, gone])).not.toContain('wrong')
    }
    proxy = await startForwardProxy({ routes: {} })
  })

  it.each(['socks5://proxy:1080', 'http://', 'file:///etc/passwd'])('%s, which it cannot be', async (url) => {
    for (const name of ['httpProxy', 'httpsProxy']) {
      const opening = createRegistry({ proxy: { [name]: url } })
      await expect(opening).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['proxy', name] })
    }
  })
})
