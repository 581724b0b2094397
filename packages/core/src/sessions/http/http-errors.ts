/** A request that got no complete answer. `cause` is what undici or the system said. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  /** Whether anything of the request can have reached the server. */
  readonly wasSent: boolean
  constructor(cause: unknown, wasSent: boolean) {
    super('The request got no complete answer', { cause })
    this.wasSent = wasSent
  }
}

export interface HttpStatusDetails {
  readonly status: number
  /** Of a 3xx that was not followed: where to, without query and fragment, which may hold secrets. */
  readonly location?: string | undefined
  /** How long the server asks to wait, in ms (RFC 9110 section 10.2.3). */
  readonly retryAfterMs?: number | undefined
  /** Whether the request belonged to a session that the server had begun. */
  readonly hadSession: boolean
  /** Whether the status was 2xx and what came with it does not answer the request. */
  readonly lacksAnswer?: boolean
  /** The JSON-RPC error in the body. */
  readonly rpcError?: HttpRpcError | undefined
}

export interface HttpRpcError {
  readonly message: string
  /** Whether it has the id of a request, so that a handler of the server has seen the request. */
  readonly hasId: boolean
}

/** An answer whose status is not 2xx, or that is none to the request. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError'
  readonly details: HttpStatusDetails
  constructor(details: HttpStatusDetails) {
    super(`HTTP ${details.status}`)
    this.details = details
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined for anything else. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000
  // Each of the forms of HTTP-date begins with the name of a day; Date.parse takes more than dates.
  const at = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
