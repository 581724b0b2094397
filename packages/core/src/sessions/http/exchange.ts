import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { RegistryError } from '../../errors.ts'
import type { MessageLimits } from '../limits.ts'
import { createEventStream, type StreamEvent } from './event-stream.ts'
import { ExchangeError } from './http-errors.ts'

const errorBodyBytes = 16 * 1024

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface EventListeners {
  readonly onEvent: (event: StreamEvent) => void
  readonly onRetry: (ms: number) => void
  /** Since when a request waits on this event stream (`performance.now()`); without one, silence is no fault. */
  readonly awaitedSince: () => number | undefined
}

interface AnswerHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

export type HttpAnswer =
  | (AnswerHead & { readonly kind: 'BODY'; readonly text: string })
  /** Answered at its head; `ended` resolves when the stream ends by itself and rejects when it breaks. */
  | (AnswerHead & { readonly kind: 'EVENTS'; readonly ended: Promise<void> })

export interface Exchange {
  /** Rejects with an {@link ExchangeError}, or with a RegistryError where a limit was passed. */
  readonly answer: Promise<HttpAnswer>
  abort(reason: Error): void
}

interface Sink {
  push(chunk: Buffer): void
  end(): void
}

const sync = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }

function decoderFor(encoding: string | undefined): Transform | undefined {
  switch (encoding?.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(sync)
    case 'deflate':
      return createInflate(sync)
    case 'br':
      return createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      })
    default:
      return undefined
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The media type of an answer without its parameters (RFC 9110 section 8.3.1). */
export function mediaTypeOf(headers: IncomingHttpHeaders): string {
  return (headerOf(headers, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/**
 * One request and its answer over undici's dispatcher, without the streams and objects of `fetch`: what comes is pushed
 * through decompression, the cap and the idle limit into a text or an event stream. Whoever starts it may abort it; it
 * ends by itself otherwise.
 */
export function startExchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  limits: MessageLimits,
  listeners: EventListeners,
): Exchange {
  const { promise: answer, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const { promise: ended, resolve: endStream, reject: breakStream } = Promise.withResolvers<void>()
  // Whoever got only an error at the head does not look at the stream.
  ended.catch(() => undefined)
  let controller: Dispatcher.DispatchController | undefined
  let abortReason: Error | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let lastByteAt = 0
  let decoder: Transform | undefined
  let sink: Sink | undefined

  function fail(error: Error): void {
    clearTimeout(idleTimer)
    decoder?.destroy()
    reject(error)
    breakStream(error)
  }

  function abort(reason: Error): void {
    if (abortReason) return
    abortReason = reason
    fail(reason)
    controller?.abort(reason)
  }

  function tooLong(): void {
    abort(limits.meter.exceeded('messageBytes', { what: 'A message of the server' }))
  }

  /** Looks at the clock once in a while, instead of starting a timer anew for each chunk. */
  function watchIdle(awaitedSince: EventListeners['awaitedSince'], afterMs: number): void {
    idleTimer = setTimeout(() => {
      const since = awaitedSince()
      const now = performance.now()
      const quietMs = since === undefined ? 0 : now - Math.max(lastByteAt, since)
      if (quietMs < limits.idleBytesMs) {
        watchIdle(awaitedSince, limits.idleBytesMs - quietMs)
        return
      }
      const message = `No byte of the answer came within idleBytesMs (${limits.idleBytesMs} ms)`
      abort(new RegistryError('TIMEOUT', message, { retryable: true }))
    }, afterMs)
  }

  function textSink(head: AnswerHead): Sink {
    const chunks: Buffer[] = []
    let size = 0
    const isError = head.status >= 300
    return {
      push(chunk) {
        size += chunk.length
        if (isError) {
          if (size <= errorBodyBytes) chunks.push(chunk)
        } else if (size > limits.meter.budgets.messageBytes) tooLong()
        else chunks.push(chunk)
      },
      end() {
        clearTimeout(idleTimer)
        const [first = Buffer.alloc(0)] = chunks
        const text = (chunks.length > 1 ? Buffer.concat(chunks) : first).toString('utf8')
        resolve({ ...head, kind: 'BODY', text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text })
      },
    }
  }

  function eventSink(head: AnswerHead): Sink {
    const { onEvent, onRetry } = listeners
    const stream = createEventStream(limits.meter.budgets.messageBytes, { onEvent, onRetry, onTooLong: tooLong })
    resolve({ ...head, kind: 'EVENTS', ended })
    return {
      push: (chunk) => stream.push(chunk),
      end() {
        clearTimeout(idleTimer)
        endStream()
      },
    }
  }

  /** Puts the decompression before `target`; it pauses the socket while it is busy. */
  function decoded(through: Transform, target: Sink): Sink {
    decoder = through
    through.on('data', (chunk: Buffer) => target.push(chunk))
    through.on('end', () => target.end())
    through.on('error', (error) => abort(new ExchangeError(error, true)))
    through.on('drain', () => controller?.resume())
    return {
      push(chunk) {
        if (!through.write(chunk)) controller?.pause()
      },
      end: () => through.end(),
    }
  }

  dispatcher.dispatch(
    {
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      // The deadlines are the caller's, and those between bytes are kept here: undici's are coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
    },
    {
      onRequestStart(started) {
        controller = started
        if (abortReason) started.abort(abortReason)
      },
      onResponseStart(_controller, status, headers) {
        if (status < 200) return
        const head: AnswerHead = { status, headers }
        const isStream = status < 300 && mediaTypeOf(headers) === 'text/event-stream'
        lastByteAt = performance.now()
        const { awaitedSince } = listeners
        watchIdle(isStream ? awaitedSince : () => lastByteAt, limits.idleBytesMs)
        const target = isStream ? eventSink(head) : textSink(head)
        const through = decoderFor(headerOf(headers, 'content-encoding'))
        sink = through ? decoded(through, target) : target
      },
      onResponseData(_controller, chunk) {
        lastByteAt = performance.now()
        if (!abortReason) sink?.push(chunk)
      },
      onResponseEnd() {
        sink?.end()
      },
      onResponseError(_controller, error) {
        // Without a controller no connection came about, so nothing was written.
        fail(abortReason ?? new ExchangeError(error, controller !== undefined))
      },
    },
  )
  return { answer, abort }
}
