import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { emptyFrame, type Frame } from '../incoming/frame.ts'
import type { Source } from '../incoming/pauses.ts'
import type { SessionLimits } from '../limits.ts'
import { createDecodedSink, decoderFor } from './decoded-sink.ts'
import { ExchangeError } from './http-errors.ts'
import { createBodySink, createEventSink, createHeadSink, type EventListeners, type Sink } from './sinks.ts'

/** Most interim answers (RFC 9110 section 15.2) before the final one. */
const maxInterim = 16
/** Time for the rest of an answer of which only the status counts, in ms. */
const restMs = 1_000

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Whether the content of a successful answer is read; if not, the status is the answer. */
  readonly wantsContent: boolean
  /** Whether it belongs to a session that the server has begun. @default whether it has the header `mcp-session-id` */
  readonly isOfSession?: boolean
  /** Gets the headers of a successful answer before anything of its content is taken. */
  readonly onHead?: ((headers: IncomingHttpHeaders) => void) | undefined
}

interface AnswerHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

export type HttpAnswer =
  /** The caller releases its part of the budgets. */
  | (AnswerHead & { readonly kind: 'BODY'; readonly body: Frame })
  /** Resolved at the head; `ended` resolves when the stream ends by itself and rejects when it breaks. */
  | (AnswerHead & { readonly kind: 'EVENTS'; readonly ended: Promise<void> })

export interface Exchange {
  /** Rejects with an {@link ExchangeError}, or with a RegistryError if a budget was exceeded. */
  readonly answer: Promise<HttpAnswer>
  /** Resolves once the exchange has left the connection. */
  readonly over: Promise<void>
  abort(reason: Error): void
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The media type of an answer without its parameters (RFC 9110 section 8.3.1). */
export function mediaTypeOf(headers: IncomingHttpHeaders): string {
  return (headerOf(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const length = Number(headerOf(headers, 'content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) ? length : undefined
}

/**
 * Starts one request over undici's dispatcher, without the streams and objects of `fetch`: the answer is pushed through
 * decompression and the caps into bytes or an event stream. The caller bounds the wait by aborting; the idle limit ends
 * exchanges that no request waits on.
 */
export function startExchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  limits: SessionLimits,
  listeners: EventListeners,
): Exchange {
  const exchange = new HttpExchange(request, limits, listeners)
  dispatcher.dispatch(
    {
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      // The caller keeps the deadlines, and this class those between bytes: undici's are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
    },
    exchange,
  )
  return exchange
}

class HttpExchange implements Exchange, Source, Dispatcher.DispatchHandler {
  readonly #request: HttpRequest
  readonly #limits: SessionLimits
  readonly #listeners: EventListeners
  readonly #answer = Promise.withResolvers<HttpAnswer>()
  /** Created only when needed: most answers are not streams. */
  #stream: PromiseWithResolvers<void> | undefined
  #over: PromiseWithResolvers<void> | undefined
  #isOver = false
  #controller: Dispatcher.DispatchController | undefined
  #abortReason: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #lastByteAt = 0
  #isPaused = false
  #interim = 0
  #sink: Sink | undefined
  /** Paused when bytes come faster than they are taken: the decompression, or the socket. */
  #source: Source | undefined

  constructor(request: HttpRequest, limits: SessionLimits, listeners: EventListeners) {
    this.#request = request
    this.#limits = limits
    this.#listeners = listeners
  }

  get answer(): Promise<HttpAnswer> {
    return this.#answer.promise
  }

  get over(): Promise<void> {
    this.#over ??= Promise.withResolvers()
    if (this.#isOver) this.#over.resolve()
    return this.#over.promise
  }

  pause(): void {
    this.#isPaused = true
    this.#source?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#lastByteAt = performance.now()
    this.#source?.resume()
  }

  abort(reason: Error): void {
    if (this.#abortReason) return
    this.#abortReason = reason
    this.#fail(reason)
    if (this.#controller) this.#controller.abort(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#abortReason) controller.abort(this.#abortReason)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#interim += 1
      if (this.#interim > maxInterim) this.abort(new ExchangeError(new Error('Too many interim answers'), true))
      return
    }
    this.#lastByteAt = performance.now()
    const decoder = decoderFor(headerOf(headers, 'content-encoding'))
    this.#source = decoder ?? controller
    const sink = this.#sinkFor({ status, headers }, decoder ? undefined : lengthOf(headers))
    this.#sink = decoder
      ? createDecodedSink(decoder, sink, controller, (error) => this.abort(new ExchangeError(error, true)))
      : sink
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#lastByteAt = performance.now()
    if (!this.#abortReason) this.#sink?.push(chunk)
  }

  onResponseEnd(): void {
    this.#sink?.end()
    this.#end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Without a controller there was no connection, so nothing was written.
    this.#fail(this.#abortReason ?? new ExchangeError(error, this.#controller !== undefined))
    this.#end()
  }

  #fail(error: Error): void {
    clearTimeout(this.#timer)
    this.#sink?.drop()
    this.#answer.reject(error)
    this.#stream?.reject(error)
    // An exchange without a connection has no end of one to wait for.
    if (!this.#controller) this.#end()
  }

  #end(): void {
    this.#isOver = true
    this.#over?.resolve()
  }

  /** Ends an exchange that has enough of its answer. */
  #cut(): void {
    this.abort(new Error('The rest of the answer is not wanted'))
  }

  #sinkFor(head: AnswerHead, length: number | undefined): Sink {
    const { meter } = this.#limits
    const finish = (body: Frame) => {
      clearTimeout(this.#timer)
      this.#answer.resolve({ ...head, kind: 'BODY', body })
    }
    const onFull = () => {
      meter.count('errorBodyBytes')
      this.#cut()
    }
    if (head.status >= 300) {
      const sink = createHeadSink(meter.budgets.errorBodyBytes, finish, onFull)
      // The status is the answer; the body only explains it.
      this.#watchIdle(() => {
        sink.end()
        this.#cut()
      })
      return sink
    }
    this.#request.onHead?.(head.headers)
    if (!this.#request.wantsContent) {
      finish(emptyFrame)
      this.#timer = setTimeout(() => this.#cut(), restMs).unref()
      return createHeadSink(meter.budgets.errorBodyBytes, () => clearTimeout(this.#timer), onFull)
    }
    const onFailed = (error: Error) => this.abort(error)
    const deps = { limits: this.#limits, source: this, onFailed }
    if (mediaTypeOf(head.headers) !== 'text/event-stream') return createBodySink(deps, length, finish)
    if (this.#listeners.endsInSilence) {
      this.#watchIdle(() => this.abort(new Error(`No byte came within bodyIdleMs (${this.#limits.bodyIdleMs} ms)`)))
    }
    const stream = Promise.withResolvers<void>()
    // A caller that got an error at the head does not read the stream.
    stream.promise.catch(() => undefined)
    this.#stream = stream
    this.#answer.resolve({ ...head, kind: 'EVENTS', ended: stream.promise })
    return createEventSink(deps, this.#listeners, () => {
      clearTimeout(this.#timer)
      stream.resolve()
    })
  }

  /** Checks the clock once in a while, instead of restarting a timer for each chunk. */
  #watchIdle(onIdle: () => void, afterMs = this.#limits.bodyIdleMs): void {
    const { bodyIdleMs } = this.#limits
    this.#timer = setTimeout(() => {
      const quietMs = this.#isPaused ? 0 : performance.now() - this.#lastByteAt
      if (quietMs < bodyIdleMs) this.#watchIdle(onIdle, bodyIdleMs - quietMs)
      else onIdle()
    }, afterMs).unref()
  }
}
