import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SharedResult } from '../subscribe-shared.ts'

/** What a socket may hold that its client has not read, in bytes: then the subscription waits, and reads on later. */
const maxBuffered = 16_384
/** How long deliveries may go on before everything else has its turn, in ms. */
const maxTurnMs = 5

/** What is needed of a WebSocket. */
export interface DeliverySocket {
  readonly readyState: number
  readonly OPEN: number
  readonly bufferedAmount: number
  send(data: string, onSent?: (error?: Error | null) => void): void
}

/** Shares the event loop between all deliveries and everything else. */
export function createTurns(): () => Promise<void> | undefined {
  let startedAt = performance.now()
  let next: Promise<void> | undefined
  return () => {
    if (next) return next
    if (performance.now() - startedAt < maxTurnMs) return undefined
    next = nextTurn().then(() => {
      next = undefined
      startedAt = performance.now()
    })
    return next
  }
}

function sent(socket: DeliverySocket, text: string): Promise<void> | undefined {
  if (socket.bufferedAmount < maxBuffered) {
    // What becomes of it the socket tells itself, when it closes.
    socket.send(text)
    return undefined
  }
  return new Promise((resolve, reject) => socket.send(text, (error) => (error ? reject(error) : resolve())))
}

/**
 * Sends each result as a Next message of the operation `id` (graphql-transport-ws), as fast as the client reads, and
 * yields nothing itself; its end is that of `results`.
 */
export function deliver(
  results: AsyncIterableIterator<SharedResult>,
  {
    socket,
    id,
    takeTurn,
  }: { readonly socket: DeliverySocket; readonly id: string; readonly takeTurn: () => Promise<void> | undefined },
): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  return {
    async next() {
      for (;;) {
        const step = await results.next()
        if (step.done) return { done: true, value: undefined }
        const turn = takeTurn()
        if (turn) await turn
        if (socket.readyState !== socket.OPEN) continue
        const sending = sent(socket, `${head}${step.value.text}}`)
        if (sending) await sending
      }
    },
    async return() {
      await results.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      await results.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
