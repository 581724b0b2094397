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

class HeldExchange implements SocketExchange {
  readonly signal: AbortSignal
  readonly #releases: (() => void)[] = []

  constructor(signal: AbortSignal) {
    this.signal = signal
  }

  get isHeld() {
    return this.#releases.length > 0
  }

  whenSent(release: () => void): void {
    this.#releases.push(release)
  }

  sending(): void {
    // The channel itself counts how long a client reads nothing.
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release()
  }
}

export function createSocketExchange(signal: AbortSignal): SocketExchange {
  return new HeldExchange(signal)
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
