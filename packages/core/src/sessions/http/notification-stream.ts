import type { SessionTransport } from '../transport.ts'
import type { Exchange } from './exchange.ts'
import { AuthorizationError, HttpStatusError } from './http-errors.ts'
import { createResumableStream, type ResumableStreamOptions } from './resumable-stream.ts'

// No request waits on the stream: retry patiently, for as long as the session lasts.
const retry = { attempts: Number.POSITIVE_INFINITY, firstMs: 1_000, maxMs: 30_000, withoutId: true }

export interface NotificationStreamDeps
  extends Pick<ResumableStreamOptions, 'client' | 'headers' | 'onData' | 'signal'> {
  readonly clamp: ResumableStreamOptions['retry']['clamp']
  /** Called with each new state, and again when a stream that resumes another has opened. */
  readonly onState: () => void
  readonly onFault: (error: Error) => void
}

/** The stream of messages that no request asked for (MCP 2025-11-25, transports); servers need not have one. */
export class NotificationStream {
  readonly #deps: NotificationStreamDeps
  #exchange: Exchange | undefined
  #state: NonNullable<SessionTransport['listening']> = 'OPENING'

  constructor(deps: NotificationStreamDeps) {
    this.#deps = deps
  }

  get state() {
    return this.#state
  }

  /** Opens the stream, and follows it until the signal, `abort` or the server ends it. Never rejects. */
  async follow(): Promise<void> {
    const { client, clamp, headers, signal, onData, onFault } = this.#deps
    const stream = createResumableStream({
      client,
      headers,
      onData,
      signal,
      retry: { ...retry, clamp },
      endsInSilence: true,
      isWanted: () => !signal.aborted,
      onExchange: (exchange) => {
        this.#exchange = exchange
      },
      // The server need not have kept what it sent meanwhile, even if it repeats some of it.
      onReopened: () => this.#enter('OPEN'),
    })
    const opening = { ...headers(), accept: 'text/event-stream' }
    this.#exchange = client.send({ method: 'GET', wantsContent: true, headers: opening }, stream.listeners)
    try {
      const answer = await this.#exchange.answer
      if (answer.kind === 'EVENTS') {
        this.#enter('OPEN')
        await stream.follow(answer)
      } else answer.body.release()
    } catch (error) {
      // A server without such a stream answers 405, or in practice another status.
      const isRefused = error instanceof HttpStatusError || error instanceof AuthorizationError
      if (!isRefused && !signal.aborted) onFault(error instanceof Error ? error : new Error(String(error)))
    } finally {
      if (!signal.aborted) this.#enter('OVER')
    }
  }

  abort(reason: Error): void {
    this.#exchange?.abort(reason)
  }

  #enter(state: 'OPEN' | 'OVER'): void {
    this.#state = state
    this.#deps.onState()
  }
}
