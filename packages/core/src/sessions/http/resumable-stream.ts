import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../../errors.ts'
import type { EventListeners, Exchange, HttpAnswer } from './exchange.ts'
import type { HttpClient } from './http-client.ts'
import { HttpStatusError } from './http-errors.ts'

export interface ResumableStreamOptions {
  readonly client: HttpClient
  /** Those of the session, as they are when a request is made. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Gets the data of each event of the type `message`. */
  readonly onText: (text: string) => void
  readonly awaitedSince: EventListeners['awaitedSince']
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
  const { client, headers, onText, awaitedSince, isWanted, onExchange, signal, retry } = options
  let lastEventId: string | undefined
  let serverRetryMs: number | undefined
  let fruitless = 0

  const listeners: EventListeners = {
    awaitedSince,
    onRetry(ms) {
      serverRetryMs = ms
    },
    onEvent({ type, data, id }) {
      fruitless = 0
      if (id !== undefined) lastEventId = id
      if (type === 'message' && data !== '') onText(data)
    },
  }

  /** The next stream; throws what makes going on pointless. */
  async function reconnect(): Promise<HttpAnswer & { readonly kind: 'EVENTS' }> {
    for (;;) {
      const pauseMs = serverRetryMs ?? Math.min(retry.maxMs, retry.firstMs * 2 ** fruitless)
      fruitless += 1
      await delay(pauseMs, undefined, { signal, ref: false })
      if (!isWanted()) throw new Error('Nobody waits for the stream any more')
      const exchange = client.send(
        {
          method: 'GET',
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
        try {
          await stream.ended
        } catch (error) {
          cause = error
        }
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
