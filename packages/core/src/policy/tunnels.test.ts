import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ForwardProxy, startForwardProxy } from '../../../../test/fixtures/http/forward-proxy.ts'
import { certificate, startTlsFront, type TlsFront } from '../../../../test/fixtures/http/tls-front.ts'
import { type ScriptedServer, startScripted } from '../../../../test/fixtures/mcp/scripted-http.ts'
import { defaultTenant } from '../base/ids.ts'
import { type Connections, createConnections } from './connections.ts'
import { createNetworkPolicy } from './network-policy.ts'
import { resolveProxies } from './proxy-options.ts'

let server: ScriptedServer
let front: TlsFront
let proxy: ForwardProxy
let connections: Connections
/** What the name resolves to, at each look-up. */
let answers: string[][] = []
beforeEach(async () => {
  server = await startScripted()
  front = await startTlsFront(server.port)
  proxy = await startForwardProxy({
    routes: { '8.8.8.8:80': server.port, '8.8.8.8:443': front.port, '[2606:4700::1111]:80': server.port },
  })
  const resolve = (_name: string, _options: unknown, callback: (error: null, addresses: unknown) => void) =>
    callback(
      null,
      (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  connections = createConnections({
    policy: createNetworkPolicy(['public']),
    budgets: { lookups: 2, connectionsPerOrigin: 1 },
    share: () => 1,
    proxies: resolveProxies({ httpProxy: proxy.url }),
    // Of the overloads of lookup(), the one with a list is used.
    resolve: resolve as never,
  })
})
afterEach(async () => {
  await connections.close()
  for (const each of [proxy, front, server]) await each[Symbol.asyncDispose]()
})

async function ask(url: string, addresses: readonly string[]) {
  answers = [[...addresses]]
  const dispatcher = await connections.open(defaultTenant)
  try {
    const { statusCode, body } = await request(url, { dispatcher, method: 'DELETE' })
    await body.dump()
    return statusCode
  } finally {
    await dispatcher.destroy()
  }
}

it('a tunnel leads to the address that was checked, one that is not allowed is never asked for', async () => {
  expect(await ask('http://mcp.example/', ['10.0.0.1', '8.8.8.8', '127.0.0.1'])).toBe(200)
  expect(await ask('http://mcp.example/', ['2606:4700::1111'])).toBe(200)
  expect(proxy.asked).toEqual(['CONNECT 8.8.8.8:80', 'CONNECT [2606:4700::1111]:80'])
  expect(server.asked.map(({ request: { headers } }) => headers.host)).toEqual(['mcp.example', 'mcp.example'])
})

it('a name that resolves to another address the next time is judged anew (DNS rebinding)', async () => {
  expect(await ask('http://mcp.example/', ['8.8.8.8'])).toBe(200)
  await expect(ask('http://mcp.example/', ['192.168.0.1', '::1'])).rejects.toMatchObject({ code: 'URL_BLOCKED' })
  await expect(ask('http://mcp.example/', [])).rejects.toMatchObject({ code: 'URL_BLOCKED' })
  expect(proxy.asked).toEqual(['CONNECT 8.8.8.8:80'])
})

it('the next address is asked for where the proxy does not reach one', async () => {
  expect(await ask('http://mcp.example/', ['9.9.9.9', '8.8.8.8'])).toBe(200)
  expect(proxy.asked).toEqual(['CONNECT 9.9.9.9:80', 'CONNECT 8.8.8.8:80'])
})

describe('over TLS', () => {
  it('the name of the server is asked for, whatever address the tunnel leads to, and its certificate has to have it', async () => {
    const trusted = getCACertificates()
    setDefaultCACertificates([...trusted, certificate])
    try {
      expect(await ask('https://mcp.example/', ['8.8.8.8'])).toBe(200)
      expect(front.names).toEqual(['mcp.example'])
      const failing = ask('https://other.example/', ['8.8.8.8'])
      await expect(failing).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
      expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT 8.8.8.8:443']))
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  it('a certificate that is not trusted is refused', async () => {
    const failing = ask('https://mcp.example/', ['8.8.8.8'])
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED/) })
  })
})
