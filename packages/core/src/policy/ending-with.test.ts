import { getEventListeners, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { buildConnector } from 'undici'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { endingWith } from './ending-with.ts'

const server = createServer((socket) => socket.on('error', () => undefined))
let target: buildConnector.Options
let ending: AbortController
beforeEach(async () => {
  ending = new AbortController()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  target = { hostname: '127.0.0.1', protocol: 'http:', port: String(port) }
})
afterEach(async () => {
  const closed = once(server, 'close')
  server.close()
  await closed
})

const listeners = () => getEventListeners(ending.signal, 'abort').length

function open() {
  const { promise, resolve, reject } = Promise.withResolvers<NonNullable<Parameters<buildConnector.Callback>[1]>>()
  endingWith(ending.signal, buildConnector({ timeout: 10_000 }))(target, (error, socket) =>
    error ? reject(error) : resolve(socket),
  )
  return promise
}

it('a connection that has ended leaves no listener behind', async () => {
  for (let n = 0; n < 3; n += 1) {
    const socket = await open()
    expect(listeners()).toBe(1)
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    expect(listeners()).toBe(0)
  }
})

it('the signal ends open connections', async () => {
  const socket = await open()
  const failed = once(socket, 'error')
  ending.abort(new Error('over'))
  expect(await failed).toEqual([ending.signal.reason])
  expect(socket.destroyed).toBe(true)
})

it('the signal ends connections that are being opened, and that are opened later', async () => {
  const opening = open()
  ending.abort(new Error('over'))
  await expect(opening).rejects.toThrow('over')
  await expect(open()).rejects.toThrow('over')
})
