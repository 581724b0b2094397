import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect, it } from 'vitest'
import { createConnector } from './connector.ts'
import { createNetworkPolicy } from './network-policy.ts'

async function listen(address: string, port: number): Promise<Server & AsyncDisposable> {
  // Each request comes over a connection of its own.
  const server = createServer((_, response) => response.setHeader('connection', 'close').end(address)).listen(
    port,
    address,
  )
  await once(server, 'listening')
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  })
}

it('judges a name each time that it is dialled, by the address that is dialled (DNS rebinding)', async ({ skip }) => {
  // Linux has all of 127.0.0.0/8.
  if (process.platform !== 'linux') skip('needs two loopback addresses')
  await using first = await listen('127.0.0.1', 0)
  // A server that listens on a port has an AddressInfo.
  const { port } = first.address() as AddressInfo
  await using canary = await listen('127.0.0.2', port)
  let connections = 0
  canary.on('connection', () => {
    connections += 1
  })
  const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.1']
  const asked: string[] = []
  const resolve = (hostname: string, _options: unknown, callback: (error: null, addresses: unknown) => void) => {
    asked.push(hostname)
    callback(null, [{ address: answers[asked.length - 1], family: 4 }])
  }
  const policy = createNetworkPolicy(['public', '127.0.0.1'])
  // Of the overloads of lookup(), the connector uses the one with a list.
  const agent = new Agent({
    connect: createConnector({
      policy,
      timeoutMs: 1_000,
      signal: new AbortController().signal,
      lookupTurn: async () => () => undefined,
      resolve: resolve as never,
    }),
  })
  const ask = async () => {
    const { body } = await agent.request({ origin: `http://rebinding.example:${port}`, path: '/', method: 'GET' })
    return body.text()
  }
  expect(await ask()).toBe('127.0.0.1')
  await expect(ask()).rejects.toMatchObject({ code: 'URL_BLOCKED' })
  expect(await ask()).toBe('127.0.0.1')
  expect([asked.length, connections]).toEqual([3, 0])
  await agent.close()
})
