import type { Dispatcher } from 'undici'
import { unlessAborted } from '../../base/deadline.ts'
import type { Authorization, AuthorizationAnswer, RequestAuthorizer } from '../../model/request-authorizer.ts'
import type { SessionLimits } from '../limits.ts'
import { type Exchange, type HttpAnswer, type HttpRequest, startExchange } from './exchange.ts'
import { AuthorizationError } from './http-errors.ts'
import type { EventListeners } from './sinks.ts'

/** Most times that one request is sent again after a refusal, over all its redirects: a server must not keep it going. */
const maxResends = 2

/** How the requests to a server are authorized. */
export interface RequestAccess {
  readonly authorizer: RequestAuthorizer
  /** Called when a request waits for the authorizer; returns the function to call at the end of the wait. */
  readonly onWait: () => () => void
}

/** The progress of one request over its redirects. */
export interface Attempts {
  wasSent: boolean
  resends: number
}

export interface AuthorizedDeps {
  readonly dispatcher: Dispatcher
  readonly limits: SessionLimits
  readonly listeners: EventListeners
  readonly access: RequestAccess
  readonly attempts: Attempts
}

/**
 * Starts a request with the headers of the authorizer, at once if the authorizer has them at hand. A refused one (401, 403)
 * is sent again if the authorizer says so. `answer` also rejects with an {@link AuthorizationError}.
 */
export const startAuthorizedExchange = (request: HttpRequest, deps: AuthorizedDeps): Exchange =>
  new AuthorizedExchange(request, deps)

class AuthorizedExchange implements Exchange {
  readonly answer: Promise<HttpAnswer>
  readonly #request: HttpRequest
  readonly #deps: AuthorizedDeps
  readonly #aborting = new AbortController()
  /** Undefined while the request waits for the authorizer. */
  #current: Exchange | undefined

  constructor(request: HttpRequest, deps: AuthorizedDeps) {
    this.#request = request
    this.#deps = deps
    this.answer = this.#run()
  }

  get over(): Promise<void> {
    // Once the answer is there, the last exchange has begun.
    const lastOver = () => this.#current?.over
    return this.answer.then(lastOver, lastOver)
  }

  abort(reason: Error): void {
    this.#aborting.abort(reason)
    this.#current?.abort(reason)
  }

  /** Synchronous up to the start of the request, unless the authorizer is waited for. */
  async #run(): Promise<HttpAnswer> {
    const { dispatcher, limits, listeners, attempts } = this.#deps
    for (;;) {
      const given = this.#authorize()
      const sent = given instanceof Promise ? await this.#wait(given) : given
      const request = { ...this.#request, headers: { ...this.#request.headers, ...sent.headers } }
      attempts.wasSent = true
      this.#current = startExchange(dispatcher, request, limits, listeners)
      const answer = await this.#current.answer
      const resends = this.#review(answer, sent)
      if (resends === false || !(await resends)) return answer
    }
  }

  #authorize(): Authorization | Promise<Authorization> {
    const { method, url } = this.#request
    try {
      return this.#deps.access.authorizer.authorize({ method, url }, this.#aborting.signal)
    } catch (cause) {
      throw this.#failed(cause)
    }
  }

  /** Passes on what an answer says of the authorization. Answers whether the request is to be sent again. */
  #review({ status, headers }: HttpAnswer, sent: Authorization): false | Promise<boolean> {
    const { 'www-authenticate': challenges, 'dpop-nonce': nonce } = headers
    const isRefused = status === 401 || status === 403
    if (!isRefused) this.#deps.access.authorizer.accepted(sent)
    if (!isRefused && nonce === undefined) return false
    const answer = { status, challenges: valuesOf(challenges), dpopNonce: valuesOf(nonce)[0] }
    if (isRefused) return this.#afterRefusal(answer, sent)
    void this.#remember(answer, sent)
    return false
  }

  async #afterRefusal(answer: AuthorizationAnswer, sent: Authorization): Promise<boolean> {
    const { access, attempts } = this.#deps
    const refused = this.#current
    this.#current = undefined
    const resends = await this.#wait((async () => access.authorizer.answered(answer, sent, this.#aborting.signal))())
    if (resends && attempts.resends < maxResends) {
      attempts.resends += 1
      return true
    }
    this.#current = refused
    return false
  }

  /** Has the authorizer keep the nonce of an answer that stands. */
  async #remember(answer: AuthorizationAnswer, sent: Authorization): Promise<void> {
    try {
      await this.#deps.access.authorizer.answered(answer, sent, this.#aborting.signal)
    } catch {
      // The request has its answer. Without the nonce, the server refuses the next request, which brings it again.
    }
  }

  async #wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#aborting
    const end = this.#deps.access.onWait()
    try {
      const value = await unlessAborted(work, signal)
      signal.throwIfAborted()
      return value
    } catch (cause) {
      throw signal.aborted ? signal.reason : this.#failed(cause)
    } finally {
      end()
    }
  }

  #failed(cause: unknown): AuthorizationError {
    return new AuthorizationError(cause, this.#deps.attempts.wasSent)
  }
}

function valuesOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return []
  return typeof header === 'string' ? [header] : header
}
