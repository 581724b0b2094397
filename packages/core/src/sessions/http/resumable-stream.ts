import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../../base/errors.ts'
import type { Frame } from '../incoming/frame.ts'
import type { Exchange, HttpAnswer } from './exchange.ts'
import type { HttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'
import type { EventListeners } from './sinks.ts'

/** Longer ids are refused: the answer repeats them in a header. */
const maxIdLength = 1_024
/** A stream that ends sooner is followed by a longer pause each time, unless the server asked for one. */
const shortMs = 1_000
/** The most that a pause is doubled. */
const maxDoublings = 20

export interface ResumableStreamOptions {
  readonly client: HttpClient
  /** Those of the session, as they are when a request is made. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Gets the data of each event of the type `message`, and resolves once it takes the next, if it does not at once. */
  readonly onData: (data: Frame) => Promise<void> | undefined
  readonly endsInSilence: EventListeners['endsInSilence']
  /** Whether the stream is still of use. */
  readonly isWanted: () => boolean
  /** Hears of each reconnection, so that it can be aborted. */
  readonly onExchange: (exchange: Exchange) => void
  /** Aborting it ends the waits between reconnections. */
  readonly signal: AbortSignal
  readonly retry: {
    /** Reconnections in a row that bring nothing before it gives up. */
    readonly attempts: number
    /** The pause before the first, in ms, unless the server says otherwise; it doubles up to `maxMs`. */
    readonly firstMs: number
    readonly maxMs: number
    /** Within what a pause is, whatever the server says. */
    readonly clamp: { readonly minMs: number; readonly maxMs: number }
    /** Whether to reconnect also where the server gave no event ids. */
    readonly withoutId: boolean
  }
}

/** An event stream that goes on over reconnections with Last-Event-ID (MCP 2025-11-25, transports, resumability). */
export interface ResumableStream {
  readonly listeners: EventListeners
  /** Follows `first` and what resumes it; resolves with the cause once it is over for good. */
  follow(first: HttpAnswer & { readonly kind: 'EVENTS' }): Promise<unknown>
}

export function createResumableStream(options: ResumableStreamOptions): ResumableStream {
  const { client, headers, onData, endsInSilence, isWanted, onExchange, signal, retry } = options
  let lastEventId: string | undefined
  let serverRetryMs: number | undefined
  /** Reconnections in a row that brought nothing, and streams in a row that ended at once. */
  let fruitless = 0
  let short = 0
  const { minMs, maxMs } = retry.clamp
  const clamped = (ms: number) => Math.max(minMs, Math.min(maxMs, ms))

  const listeners: EventListeners = {
    endsInSilence,
    onRetry(ms) {
      serverRetryMs = ms
    },
    onEvent({ type, parts, size, id }, release) {
      fruitless = 0
      if (id !== undefined && id.length <= maxIdLength) lastEventId = id
      if (type === 'message' && size > 0) return onData({ parts, size, release })
      release()
      return undefined
    },
  }

  function pauseMs(): number {
    if (serverRetryMs !== undefined && serverRetryMs === clamped(serverRetryMs)) return serverRetryMs
    const doublings = Math.min(maxDoublings, Math.max(fruitless, short - 1))
    const ownMs = Math.min(retry.maxMs, retry.firstMs * 2 ** doublings)
    return Math.max(clamped(serverRetryMs ?? ownMs), clamped(ownMs))
  }

  /** The next stream; throws what makes going on pointless. */
  async function reconnect(): Promise<HttpAnswer & { readonly kind: 'EVENTS' }> {
    for (;;) {
      const ms = pauseMs()
      fruitless += 1
      await delay(ms, undefined, { signal, ref: false })
      if (!isWanted()) throw new Error('Nobody waits for the stream any more')
      const exchange = client.send(
        {
          method: 'GET',
          wantsContent: true,
          headers: {
            ...headers(),
            accept: 'text/event-stream',
            ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
          },
        },
        listeners,
      )
      onExchange(exchange)
      try {
        const answer = await exchange.answer
        if (answer.kind === 'EVENTS') return answer
        answer.body.release()
        throw new HttpStatusError({ status: answer.status, hadSession: true })
      } catch (error) {
        const isFinal = error instanceof HttpStatusError && error.details.status < 500
        if (isFinal || fruitless >= retry.attempts) throw error
      }
    }
  }

  return {
    listeners,
    async follow(first) {
      for (let stream = first; ; ) {
        let cause: unknown
        const beganAt = performance.now()
        try {
          await stream.ended
        } catch (error) {
          cause = error
        }
        short = performance.now() - beganAt < shortMs ? short + 1 : 0
        const canResume = retry.withoutId || lastEventId !== undefined
        // A limit that was passed would be passed again.
        if (!isWanted() || !canResume || isRegistryError(cause) || fruitless >= retry.attempts) return cause
        try {
          stream = await reconnect()
        } catch (error) {
          return error
        }
      }
    },
  }
}
