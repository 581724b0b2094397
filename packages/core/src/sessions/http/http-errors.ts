import type { JsonValue } from '../../base/json.ts'

/** A request without a complete answer. `cause` is the error of undici or the system. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  /** Whether any part of the request can have reached the server. */
  readonly wasSent: boolean
  constructor(cause: unknown, wasSent: boolean) {
    super('The request got no complete answer', { cause })
    this.wasSent = wasSent
  }
}

/** A request whose authorization failed. `cause` is the error of the authorizer. */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  /** Whether the server has refused the request, or redirected it; if not, nothing was sent. */
  readonly wasRefused: boolean
  constructor(cause: unknown, wasRefused: boolean) {
    super('The request could not be authorized', { cause })
    this.wasRefused = wasRefused
  }
}

export interface HttpStatusDetails {
  readonly status: number
  /** Target of a 3xx that was not followed, without query and fragment, which may hold secrets. */
  readonly location?: string | undefined
  /** Wait that the server asks for, in ms (RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number | undefined
  /** Whether the request belonged to a session that the server had begun. */
  readonly hadSession: boolean
  /** Whether the status was 2xx, but the content does not answer the request. */
  readonly lacksAnswer?: boolean
  /** The JSON-RPC error in the body. */
  readonly rpcError?: HttpRpcError | undefined
  /** Each value of `WWW-Authenticate`. */
  readonly challenges?: readonly string[]
  /** Whether the server has an authorizer, which let the answer stand. */
  readonly isAuthorized?: boolean
}

export interface HttpRpcError {
  /** Undefined for a code that is no integer. */
  readonly code: number | undefined
  readonly message: string
  readonly data: JsonValue | undefined
  /** Whether it has the id of a request, so that a handler of the server has seen the request. */
  readonly hasId: boolean
}

/** An answer whose status is not 2xx, or that does not answer the request. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError'
  readonly details: HttpStatusDetails
  constructor(details: HttpStatusDetails) {
    super(`HTTP ${details.status}`)
    this.details = details
  }
}

/** The wait in ms, given as seconds or a date (RFC 9110 section 10.2.3); undefined for anything else. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000
  // Each form of HTTP-date begins with the name of a day; Date.parse takes more than dates.
  const at = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
