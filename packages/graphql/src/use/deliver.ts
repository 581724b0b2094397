import { slices } from '@toolyard/core/internal/slices'
import { nextHead, type SharedResult } from '../execution/shared-results.ts'
import type { SocketChannel } from './socket-channel.ts'

/** Unread bytes of a socket from which its subscriptions wait for the client to read. */
const maxBuffered = 16_384

type Channel = Pick<SocketChannel, 'isOpen' | 'unsent' | 'post' | 'send' | 'sendPieces'>

/** The socket and the operation that a Next message is for. */
export interface Destination {
  readonly channel: Channel
  /** Id of the operation. */
  readonly id: string
}

function* withEnds(head: string, pieces: Iterable<string>): Generator<string> {
  yield head
  yield* pieces
  yield '}'
}

/** Sends one result of an operation, in pieces if it is long. Returns undefined if there is nothing to wait for. */
export function sendResult(
  { channel, id }: Destination,
  { short, pieces }: Pick<SharedResult, 'short' | 'pieces'>,
): Promise<void> | undefined {
  if (!short) return channel.sendPieces(withEnds(nextHead(id), pieces()))
  const message = short.message(id)
  if (channel.unsent >= maxBuffered) return channel.send(message)
  channel.post(message)
  return undefined
}

/**
 * Sends each result as a Next message of the operation (graphql-transport-ws), as fast as the client reads. The iterator
 * itself yields nothing, and ends with `results`.
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
