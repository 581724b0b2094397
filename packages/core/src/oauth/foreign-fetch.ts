import type { Dispatcher } from 'undici'
import { registryErrorIn } from '../base/causes.ts'
import { startDeadline, unlessAborted } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import { withoutForeignText } from './foreign-error.ts'
import { secureUrl } from './secure-url.ts'

/** Time for one answer, in ms. */
const defaultAnswerMs = 15_000
/** Largest answer, in bytes: metadata, tokens and registrations have some kB. */
const maxBytes = 512 * 1024
/** Requests for one purpose; discovery takes up to five, and a redirect one each. */
const maxRequests = 24

/** The `fetch` that the SDK's functions are given. */
export type ForeignFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** The fetch of one purpose, such as one renewal. */
export interface ForeignRequests {
  readonly fetch: ForeignFetch
  /** Asks for the head of an answer alone; its body is not read. */
  head(target: string, init: RequestInit): Promise<{ readonly status: number; readonly challenges: readonly string[] }>
  /** The status of the last answer. */
  readonly lastStatus: number | undefined
}

/**
 * Requests to authorization servers and to metadata of resources. Each goes through the network policy, over https (or to
 * this machine), follows no redirect by itself, and has a limit of time and bytes; their number is limited, too.
 */
export function createForeignRequests(
  dispatcher: () => Promise<Dispatcher>,
  signal: AbortSignal,
  answerMs: number = defaultAnswerMs,
): ForeignRequests {
  let sent = 0
  let lastStatus: number | undefined

  async function send(url: URL, init: RequestInit, readsBody = true): Promise<Response> {
    using deadline = startDeadline(signal, [{ name: 'the time of an authorization server to answer', ms: answerMs }])
    try {
      const headers = Object.fromEntries(new Headers(init.headers))
      // Loaded when it is used, as its dispatcher is.
      const { request } = await import('undici')
      const asked = request(url, {
        dispatcher: await dispatcher(),
        signal: deadline.signal,
        method: init.method === 'POST' ? 'POST' : 'GET',
        headers: { ...headers, 'accept-encoding': 'identity' },
        body: bodyOf(init.body) ?? null,
      })
      const { statusCode, headers: got, body } = await unlessAborted(asked, deadline.signal)
      if (!readsBody) body.on('error', () => undefined).destroy()
      const bytes = readsBody ? await unlessAborted(readBody(body, url), deadline.signal) : null
      lastStatus = statusCode
      const hasNoBody = statusCode === 204 || statusCode === 205 || statusCode === 304
      return new Response(hasNoBody ? null : bytes, { status: statusCode, headers: toHeaders(got) })
    } catch (error) {
      throw deadline.error ?? registryErrorIn(error) ?? unreachable(url, error)
    }
  }

  function checked(target: string): URL {
    const url = secureUrl(target, `The URL ${shown(target)}`)
    sent += 1
    if (sent > maxRequests) {
      const message = `More than ${maxRequests} requests to authorization servers for one purpose; they redirect without an end`
      throw new RegistryError('LIMIT_EXCEEDED', message)
    }
    lastStatus = undefined
    return url
  }

  return {
    async fetch(target, init = {}) {
      const answer = await send(checked(String(target)), init)
      // The SDK would send the form with its secrets once more: they are for this address alone.
      if (init.method === 'POST') answer.headers.delete('location')
      return answer
    },
    async head(target, init) {
      const { status, headers } = await send(checked(target), init, false)
      const challenge = headers.get('www-authenticate')
      return { status, challenges: challenge === null ? [] : [challenge] }
    },
    get lastStatus() {
      return lastStatus
    },
  }
}

/** Origin and path: the query may hold secrets. Of a URL without an origin, its scheme. */
export function shown(target: string): string {
  if (!URL.canParse(target)) return 'of an authorization server'
  const { origin, pathname, protocol } = new URL(target)
  return (origin === 'null' ? protocol : `${origin}${pathname}`).slice(0, 500)
}

function bodyOf(body: RequestInit['body']): string | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string' || body instanceof URLSearchParams) return String(body)
  throw new TypeError('Expected a text or a form as the body of a request to an authorization server')
}

async function readBody(body: Dispatcher.ResponseData['body'], url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    // Without an encoding the stream yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > maxBytes) {
      body.destroy()
      throw new RegistryError('LIMIT_EXCEEDED', `${shown(url.href)} answered more than ${maxBytes} bytes`)
    }
    chunks.push(bytes)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function toHeaders(from: Dispatcher.ResponseData['headers']): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(from)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each)
  }
  return headers
}

function unreachable(url: URL, cause: unknown): RegistryError {
  const options = { cause: withoutForeignText(cause), retryable: true }
  return new RegistryError('CONNECT_FAILED', `Could not reach ${shown(url.href)}`, options)
}
