import { GraphQLError } from 'graphql'
import type { Caller } from '../caller.ts'

/** What a request says of who sends it. */
export interface AuthRequest {
  /**
   * What the client says of itself, as it is, such as `Bearer KEY`: the header `Authorization` over HTTP and event
   * streams, `connectionParams.authorization` over WebSocket. Undefined where it says nothing.
   */
  readonly authorization: string | undefined
  /** A socket is asked about once, when it is initialised. */
  readonly transport: 'http' | 'websocket'
  /** A header of the request, over WebSocket of its upgrade; undefined where there is none. Names in lower case. */
  header(name: string): string | undefined
}

/**
 * On whose behalf the request is executed; undefined refuses it. Called before anything of the request is read: once
 * for each over HTTP, and once for each socket. What it throws is shown as an unexpected error. It has 10 seconds.
 */
export type Authenticate = (request: AuthRequest) => Caller | undefined | PromiseLike<Caller | undefined>

/** Who asks, or what is answered instead: UNAUTHENTICATED, or an unexpected error. Never rejects. */
export type Identify = (request: AuthRequest) => Caller | GraphQLError | Promise<Caller | GraphQLError>

const deadlineMs = 10_000

/** The same for whatever is wrong with who asks: which keys there are, or were, is not told. */
export function unauthenticated(): GraphQLError {
  const message =
    'Expected valid credentials: the header Authorization, or over WebSocket the connection parameter authorization'
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http } })
}

/** Whether the caller is nobody any more. */
export function isOver({ expiresAt, revoked }: Caller): boolean {
  return revoked?.aborted === true || (expiresAt !== null && expiresAt <= Date.now())
}

function checked(caller: Caller | undefined): Caller | GraphQLError {
  return !caller || isOver(caller) ? unauthenticated() : caller
}

async function withinDeadline(answer: PromiseLike<Caller | undefined>): Promise<Caller | undefined> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Error(`authenticate: expected an answer within ${deadlineMs} ms, got none`))
  }, deadlineMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

export function createIdentify(authenticate: Authenticate, mask: (error: unknown) => GraphQLError): Identify {
  function failed(error: unknown): GraphQLError {
    const { message, extensions } = mask(error)
    return new GraphQLError(message, { extensions: { ...extensions, http: { status: 500 } } })
  }

  return (request) => {
    try {
      const caller = authenticate(request)
      const isPending = caller !== undefined && 'then' in caller
      return isPending ? withinDeadline(caller).then(checked).catch(failed) : checked(caller)
    } catch (error) {
      return failed(error)
    }
  }
}
