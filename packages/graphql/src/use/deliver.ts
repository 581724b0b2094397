import { slices } from '@toolyard/core/slices'
import type { SharedResult } from '../execution/shared-results.ts'
import type { SocketChannel } from './socket-channel.ts'

/** What a socket may hold that its client has not read, in bytes: then the subscription waits, and reads on later. */
const maxBuffered = 16_384

type Channel = Pick<SocketChannel, 'isOpen' | 'unsent' | 'post' | 'send' | 'sendPieces'>

/** Where a Next message goes. */
export interface Destination {
  readonly channel: Channel
  /** Of the operation. */
  readonly id: string
}

function* withEnds(head: string, pieces: Iterable<string>): Generator<string> {
  yield head
  yield* pieces
  yield '}'
}

/** Sends one result of an operation, in pieces if it is long. Answers undefined if there is nothing to wait for. */
export function sendResult(
  { channel, id }: Destination,
  { text, pieces }: Pick<SharedResult, 'text' | 'pieces'>,
): Promise<void> | undefined {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  if (text === undefined) return channel.sendPieces(withEnds(head, pieces()))
  if (channel.unsent >= maxBuffered) return channel.send(`${head}${text}}`)
  channel.post(`${head}${text}}`)
  return undefined
}

/**
 * Sends each result as a Next message of the operation `id` (graphql-transport-ws), as fast as the client reads, and
 * yields nothing itself; its end is that of `results`.
 */
export function deliver(
  results: AsyncIterableIterator<SharedResult>,
  destination: Destination,
): AsyncIterableIterator<never> {
  return {
    async next() {
      for (;;) {
        const step = await results.next()
        if (step.done) return { done: true, value: undefined }
        const turn = slices.turn()
        if (turn) await turn
        if (!destination.channel.isOpen) continue
        const sending = sendResult(destination, step.value)
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
