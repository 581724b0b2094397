import { createServer } from 'node:http'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { countTurns } from '../../../../test/fixtures/process/event-loop.ts'
import { listen } from './listen.ts'

const host = '127.0.0.1'

it.skipIf(process.platform !== 'linux')('accepts several connections in one turn of the event loop', async () => {
  const server = createServer()
  const listening = await listen(server, 0, host)
  const count = 64
  using loop = countTurns()
  const takenAt: number[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  server.on('connection', () => {
    takenAt.push(loop.turns)
    if (takenAt.length === count) resolve()
  })
  const sockets = Array.from({ length: count }, () => connect(listening.address.port, host))
  await all
  // One listener takes one in each turn.
  expect(new Set(takenAt).size).toBeLessThan(count / 2)
  for (const socket of sockets) socket.destroy()
  await listening.close()
})

it('shares its port with no other server', async () => {
  const listening = await listen(createServer(), 0, host)
  await expect(listen(createServer(), listening.address.port, host)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await listening.close()
})

it('answers over each of its listeners, and ends when all connections have ended', async () => {
  const server = createServer((_, response) => response.end('hello'))
  const { address, close } = await listen(server, 0, host)
  const ask = async () => (await fetch(`http://${host}:${address.port}`, { headers: { connection: 'close' } })).text()
  expect(await Promise.all(Array.from({ length: 32 }, ask))).toEqual(Array(32).fill('hello'))
  await close()
  await expect(ask()).rejects.toThrow()
})
