import type { ExecutionResult } from 'graphql'
import type { Exchange } from '../context/context.ts'
import { withoutStatus } from '../errors/redact.ts'
import { jsonPieces } from '../execution/json-pieces.ts'
import { type Destination, sendResult } from './deliver.ts'

/** The delivery of one answer over a WebSocket. */
export interface SocketExchange extends Exchange {
  /** Whether a release waits for the answer to be sent. */
  readonly isHeld: boolean
  /** Calls the releases: the answer is sent, or will not be. */
  release(): void
}

export function createSocketExchange(signal: AbortSignal): SocketExchange {
  const releases: (() => void)[] = []
  return {
    signal,
    get isHeld() {
      return releases.length > 0
    },
    whenSent: (release) => void releases.push(release),
    sending: () => undefined,
    release() {
      for (const release of releases.splice(0)) release()
    },
  }
}

/** Sends a long result in pieces, as fast as the client reads. The iterator itself yields nothing. */
export function deliverHeld(
  { errors, ...rest }: ExecutionResult,
  exchange: SocketExchange,
  destination: Destination,
): AsyncIterableIterator<never> {
  const value = errors ? { ...rest, errors: errors.map(withoutStatus) } : rest
  const end = async (): Promise<IteratorResult<never>> => {
    exchange.release()
    return { done: true, value: undefined }
  }
  return {
    async next() {
      try {
        await sendResult(destination, { short: undefined, pieces: () => jsonPieces(value) })
      } finally {
        exchange.release()
      }
      return end()
    },
    return: end,
    async throw(error) {
      exchange.release()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
