import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../../base/errors.ts'
import type { Frame } from '../incoming/frame.ts'
import type { Exchange, HttpAnswer } from './exchange.ts'
import type { HttpClient } from './http-client.ts'
import { AuthorizationError, HttpStatusError } from './http-errors.ts'
import type { EventListeners } from './sinks.ts'

/** Longest event id that is kept, in characters: the next request repeats it in a header. */
const maxIdLength = 1_024
/** A stream that ends within this many ms lengthens the next pause, unless the server asked for one. */
const shortMs = 1_000
/** Most doublings of a pause. */
const maxDoublings = 20

export interface ResumableStreamOptions {
  readonly client: HttpClient
  /** The headers of the session at the time of a request. */
  readonly headers: () => Readonly<Record<string, string>>
  /**
   * Gets the data of each event of the type `message`. Returns a promise for the moment it takes the next, if not at
   * once.
   */
  readonly onData: (data: Frame) => Promise<void> | undefined
  readonly endsInSilence: EventListeners['endsInSilence']
  /** Whether the stream is still wanted. */
  readonly isWanted: () => boolean
  /** Gets each reconnection, so that it can be aborted. */
  readonly onExchange: (exchange: Exchange) => void
  /** Called when a stream that resumes another has opened. */
  readonly onReopened?: (() => void) | undefined
  /** Aborting it ends the waits between reconnections. */
  readonly signal: AbortSignal
  readonly retry: {
    /** Reconnections in a row without an event before it gives up. */
    readonly attempts: number
    /** Pause before the first reconnection, in ms, unless the server asks for another; it doubles up to `maxMs`. */
    readonly firstMs: number
    readonly maxMs: number
    /** Bounds of every pause, whatever the server asks for. */
    readonly clamp: { readonly minMs: number; readonly maxMs: number }
    /** Whether to reconnect even if the server sent no event ids. */
    readonly withoutId: boolean
  }
}

type EventsAnswer = HttpAnswer & { readonly kind: 'EVENTS' }

/** An event stream that continues over reconnections with Last-Event-ID (MCP 2025-11-25, transports, resumability). */
export interface ResumableStream {
  readonly listeners: EventListeners
  /** Follows `first` and the streams that resume it; resolves with the cause once no more can follow. */
  follow(first: EventsAnswer): Promise<unknown>
}

export const createResumableStream = (options: ResumableStreamOptions): ResumableStream =>
  new ReconnectingStream(options)

/** Whether the server would refuse the stream again, or only its owner can have it authorized. */
function isFinal(error: unknown): boolean {
  if (error instanceof AuthorizationError) return isRegistryError(error.cause, 'AUTH_REQUIRED')
  return error instanceof HttpStatusError && error.details.status < 500
}

class ReconnectingStream implements ResumableStream {
  readonly #options: ResumableStreamOptions
  readonly listeners: EventListeners
  #lastEventId: string | undefined
  #serverRetryMs: number | undefined
  /** Reconnections in a row that brought nothing. */
  #fruitless = 0
  /** Streams in a row that ended at once. */
  #short = 0

  constructor(options: ResumableStreamOptions) {
    this.#options = options
    this.listeners = {
      endsInSilence: options.endsInSilence,
      onRetry: (ms) => {
        this.#serverRetryMs = ms
      },
      onEvent: ({ type, parts, size, id }, release) => {
        this.#fruitless = 0
        if (id !== undefined && id.length <= maxIdLength) this.#lastEventId = id
        if (type === 'message' && size > 0) return options.onData({ parts, size, release })
        release()
        return undefined
      },
    }
  }

  async follow(first: EventsAnswer): Promise<unknown> {
    const { isWanted, retry } = this.#options
    for (let stream = first; ; ) {
      let cause: unknown
      const beganAt = performance.now()
      try {
        await stream.ended
      } catch (error) {
        cause = error
      }
      this.#short = performance.now() - beganAt < shortMs ? this.#short + 1 : 0
      const canResume = retry.withoutId || this.#lastEventId !== undefined
      // A budget that was exceeded would be exceeded again.
      if (!isWanted() || !canResume || isRegistryError(cause) || this.#fruitless >= retry.attempts) return cause
      try {
        stream = await this.#reconnect()
      } catch (error) {
        return error
      }
    }
  }

  #pauseMs(): number {
    const { clamp, firstMs, maxMs } = this.#options.retry
    const clamped = (ms: number) => Math.max(clamp.minMs, Math.min(clamp.maxMs, ms))
    const serverMs = this.#serverRetryMs
    if (serverMs !== undefined && serverMs === clamped(serverMs)) return serverMs
    const doublings = Math.min(maxDoublings, Math.max(this.#fruitless, this.#short - 1))
    const ownMs = Math.min(maxMs, firstMs * 2 ** doublings)
    return Math.max(clamped(serverMs ?? ownMs), clamped(ownMs))
  }

  /** Opens the next stream; throws the error that makes going on pointless. */
  async #reconnect(): Promise<EventsAnswer> {
    const { client, isWanted, onExchange, onReopened, signal, retry } = this.#options
    for (;;) {
      const ms = this.#pauseMs()
      this.#fruitless += 1
      await delay(ms, undefined, { signal, ref: false })
      if (!isWanted()) throw new Error('The stream is no longer wanted')
      const exchange = client.send({ method: 'GET', wantsContent: true, headers: this.#headers() }, this.listeners)
      onExchange(exchange)
      try {
        const answer = await exchange.answer
        if (answer.kind === 'EVENTS') {
          onReopened?.()
          return answer
        }
        answer.body.release()
        throw new HttpStatusError({ status: answer.status, hadSession: true })
      } catch (error) {
        if (isFinal(error) || this.#fruitless >= retry.attempts) throw error
      }
    }
  }

  #headers(): Readonly<Record<string, string>> {
    return {
      ...this.#options.headers(),
      accept: 'text/event-stream',
      ...(this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId }),
    }
  }
}
