import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificate, startTlsFront } from '../../../../test/fixtures/http/tls-front.ts'
import { startSilentAddress } from '../../../../test/fixtures/oauth/silent-address.ts'
import { defaultTenant } from '../base/ids.ts'
import { type Connections, createConnections } from '../policy/connections.ts'
import { createNetworkPolicy } from '../policy/network-policy.ts'
import { createForeignRequests } from './foreign-fetch.ts'

const budgets = { lookups: 2, connectionsPerOrigin: 8 }
const defer: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const end of defer.splice(0).reverse()) await end()
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  return (server.address() as AddressInfo).port
}

async function start(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  const port = await listen(server)
  defer.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${port}`
}

/** `addresses` are those of the next look-ups. */
function requestsWith(network: readonly string[], addresses: string[] = []) {
  const resolve = (_: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
    callback(null, [{ address: addresses.shift(), family: 4 }])
  const connections: Connections = createConnections({
    ...{ policy: createNetworkPolicy(network), budgets, share: () => 1 },
    // Of the overloads of lookup(), the connector uses the one with a list.
    resolve: resolve as never,
  })
  defer.push(() => connections.close())
  return createForeignRequests(() => connections.of(defaultTenant), new AbortController().signal)
}

it('a name is judged at each request by the address that is dialled (DNS rebinding)', async () => {
  await using silent = await startSilentAddress()
  const origin = await start((_, response) => response.setHeader('connection', 'close').end('{}'))
  await using front = await startTlsFront(Number(new URL(origin).port))
  const trusted = getCACertificates()
  setDefaultCACertificates([...trusted, certificate])
  defer.push(() => setDefaultCACertificates(trusted))
  const { fetch } = requestsWith(['127.0.0.1'], ['127.0.0.1', '127.0.0.2', '10.0.0.1', '169.254.169.254', '127.0.0.1'])
  const url = `https://mcp.example:${front.port}/.well-known/oauth-authorization-server`
  expect((await fetch(url)).status).toBe(200)
  for (let n = 0; n < 3; n += 1) await expect(fetch(url)).rejects.toMatchObject({ code: 'URL_BLOCKED' })
  expect((await fetch(url)).status).toBe(200)
  expect(front.names).toHaveLength(2)
  expect(silent.connections).toBe(0)
})

describe('an answer', () => {
  it('without an end is cut', async () => {
    const closed = Promise.withResolvers<void>()
    const origin = await start((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more).on('close', () => closed.resolve())
      more()
    })
    await expect(requestsWith(['*']).fetch(origin)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    await closed.promise
  })

  it.each([
    ['that does not come', false],
    ['whose body does not end', true],
  ])('%s is waited for 15 seconds', async (_, hasHead) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    const origin = await start((_request, response) => {
      response.on('close', () => closed.resolve())
      if (hasHead) response.write('{')
      asked.resolve()
    })
    const fetching = requestsWith(['*']).fetch(origin)
    const refused = expect(fetching).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
    await asked.promise
    await vi.advanceTimersByTimeAsync(15_000)
    await refused
    await closed.promise
  })

  it('that is compressed is not asked for, and not unpacked', async () => {
    let encoding: string | undefined
    const packed = gzipSync(Buffer.alloc(100_000_000))
    const origin = await start(({ headers }, response) => {
      encoding = headers['accept-encoding']?.toString()
      response.setHeader('content-encoding', 'gzip').end(packed)
    })
    const body = await (await requestsWith(['*']).fetch(origin)).arrayBuffer()
    expect(encoding).toBe('identity')
    expect(body.byteLength).toBe(packed.length)
  })

  it('to a POST redirects it nowhere', async () => {
    const asked: unknown[] = []
    const origin = await start(({ url }, response) => {
      asked.push(url)
      response.writeHead(307, { location: '/other' }).end()
    })
    const { fetch } = requestsWith(['*'])
    const answer = await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams({ code: 'a' }) })
    expect([answer.status, answer.headers.get('location')]).toEqual([307, null])
    expect((await fetch(`${origin}/metadata`)).headers.get('location')).toBe('/other')
    expect(asked).toEqual(['/token', '/metadata'])
  })

  it.each([
    'HTTP/1.1 200 OK\r\ncanary\u0000canary: canary\r\n\r\n',
    'canary canary\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: canary\r\n\r\n',
    'HTTP/1.1 999 canary\r\ncontent-length: 6\r\n\r\ncanary',
  ])('that is not HTTP is told of without its text: %j', async (text) => {
    const sockets: Socket[] = []
    const server = createTcpServer((socket) => {
      sockets.push(socket)
      socket.once('data', () => socket.end(text, 'latin1'))
    })
    const port = await listen(server)
    defer.push(() => server.close())
    const failure: unknown = await requestsWith(['*'])
      .fetch(`http://127.0.0.1:${port}/`)
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'CONNECT_FAILED', retryable: true })
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('canary')
    for (const socket of sockets) socket.destroy()
  })
})

it('no more than 24 requests are made for one purpose', async () => {
  const origin = await start((_, response) => response.end('{}'))
  const { fetch } = requestsWith(['*'])
  for (let n = 0; n < 24; n += 1) await fetch(origin)
  await expect(fetch(origin)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
})
