import type { Dispatcher } from 'undici'
import { isJsonObject } from '../../base/json.ts'
import type { ResolvedHttpConfig } from '../../model/resolve-config.ts'
import { type Frame, textOf } from '../incoming/frame.ts'
import type { SessionLimits } from '../limits.ts'
import { type Attempts, type RequestAccess, startAuthorizedExchange } from './authorized-exchange.ts'
import { type Exchange, type HttpAnswer, type HttpRequest, startExchange } from './exchange.ts'
import { type HttpRpcError, HttpStatusError, parseRetryAfter } from './http-errors.ts'
import type { EventListeners } from './sinks.ts'

const maxRedirects = 5

/** Requests of one session to one server. */
export interface HttpClient {
  /** The target of the requests; a redirect within the origin changes it. */
  url: URL
  /**
   * Sends a request, whose `answer` also rejects with an {@link HttpStatusError} for any status but 2xx, and with an
   * `AuthorizationError` if the server has an authorizer, which failed.
   */
  send(request: Omit<HttpRequest, 'url'> & { readonly url?: URL }, listeners?: EventListeners): Exchange
}

/** For requests whose answer has a body, if anything. */
const noEvents: EventListeners = {
  onEvent(_event, release) {
    release()
    return undefined
  },
  onRetry: () => undefined,
  endsInSilence: false,
}

/** The headers of a server's configuration, under lower-case names. */
export function customHeaders({ headers }: ResolvedHttpConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]))
}

/** The target of a redirect that may be followed: within the origin, so that credentials do not leave it. */
function redirectTarget(from: URL, { status, headers }: HttpAnswer): URL | undefined {
  const { location } = headers
  const isRedirect = status === 301 || status === 302 || status === 307 || status === 308
  if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, from.href)) return undefined
  const target = new URL(location, from)
  return target.origin === from.origin ? target : undefined
}

/** Longest body that is read for a JSON-RPC error, in bytes. */
const maxErrorBytes = 65_536

/** The JSON-RPC error of a body that has nothing else. */
export function rpcErrorOf(frame: Frame): HttpRpcError | undefined {
  if (frame.size > maxErrorBytes) return undefined
  try {
    const body: unknown = JSON.parse(textOf(frame))
    if (!isJsonObject(body) || !isJsonObject(body.error)) return undefined
    const { code, message, data } = body.error
    if (typeof message !== 'string') return undefined
    return {
      code: typeof code === 'number' && Number.isSafeInteger(code) ? code : undefined,
      message: message.slice(0, 500),
      data,
      hasId: (body.id ?? null) !== null,
    }
  } catch {
    // Most error bodies are not JSON: then the status alone has to do.
    return undefined
  }
}

function statusError(request: HttpRequest, answer: HttpAnswer, isAuthorized: boolean): HttpStatusError {
  const { status, headers } = answer
  const { location, 'retry-after': retryAfter, 'www-authenticate': challenges = [] } = headers
  const target = location !== undefined && URL.canParse(location, request.url.href) && new URL(location, request.url)
  return new HttpStatusError({
    status,
    location: target ? `${target.origin}${target.pathname}` : undefined,
    retryAfterMs: parseRetryAfter(retryAfter, Date.now()),
    hadSession: request.isOfSession ?? request.headers['mcp-session-id'] !== undefined,
    rpcError: answer.kind === 'BODY' ? rpcErrorOf(answer.body) : undefined,
    challenges: typeof challenges === 'string' ? [challenges] : challenges,
    isAuthorized,
  })
}

interface FollowDeps {
  readonly client: HttpClient
  readonly start: (request: HttpRequest) => Exchange
  readonly isAuthorized: boolean
}

/** A request, and those that redirects lead to. */
class FollowedExchange implements Exchange {
  readonly answer: Promise<HttpAnswer>
  readonly #deps: FollowDeps
  #current: Exchange | undefined
  #abortReason: Error | undefined

  constructor(request: HttpRequest, deps: FollowDeps) {
    this.#deps = deps
    this.answer = this.#follow(request, 0)
  }

  get over() {
    // Once the answer is there, the last exchange has begun.
    const lastOver = () => this.#current?.over
    return this.answer.then(lastOver, lastOver)
  }

  abort(reason: Error): void {
    this.#abortReason = reason
    this.#current?.abort(reason)
  }

  async #follow(request: HttpRequest, redirects: number): Promise<HttpAnswer> {
    const { client, start, isAuthorized } = this.#deps
    this.#current = start(request)
    if (this.#abortReason) this.#current.abort(this.#abortReason)
    const answer = await this.#current.answer
    if (answer.status < 300) return answer
    const target = redirectTarget(request.url, answer)
    if (!target || redirects === maxRedirects) throw statusError(request, answer, isAuthorized)
    const followed = await this.#follow({ ...request, url: target }, redirects + 1)
    if (request.url === client.url) client.url = target
    return followed
  }
}

/** `access`: how each request is authorized, if the server has an authorizer. */
export function createHttpClient(
  dispatcher: Dispatcher,
  serverUrl: URL,
  limits: SessionLimits,
  access?: RequestAccess,
): HttpClient {
  const client: HttpClient = {
    url: serverUrl,
    send({ url = client.url, ...rest }, listeners = noEvents) {
      const attempts: Attempts | undefined = access && { wasSent: false, resends: 0 }
      const start = (request: HttpRequest) =>
        access && attempts
          ? startAuthorizedExchange(request, { dispatcher, limits, listeners, access, attempts })
          : startExchange(dispatcher, request, limits, listeners)
      return new FollowedExchange({ ...rest, url }, { client, start, isAuthorized: access !== undefined })
    },
  }
  return client
}
