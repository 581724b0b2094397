import { GraphQLError } from 'graphql'
import type { Caller, Operator } from './caller.ts'

/** The credentials of a request. */
export interface AuthRequest {
  /**
   * The client's credentials unparsed, such as `Bearer KEY`: the header `Authorization` over HTTP and event streams,
   * `connectionParams.authorization` over WebSocket. Undefined if the client sends none.
   */
  readonly authorization: string | undefined
  /** A socket is authenticated once, when it is initialised. */
  readonly transport: 'http' | 'websocket'
  /** Returns a header of the request, over WebSocket of its upgrade; undefined if it is absent. Names in lower case. */
  header(name: string): string | undefined
}

type Principal = Caller | Operator

/**
 * Returns the caller on whose behalf the request is executed; undefined refuses it. An operator may see metrics, and
 * execute nothing. Called before the body is read: once for each request over HTTP, once for each socket. It has 10
 * seconds; an error that it throws reaches the client as `Internal error`.
 */
export type Authenticate = (request: AuthRequest) => Principal | undefined | PromiseLike<Principal | undefined>

type Found<Who> = Who | GraphQLError | Promise<Who | GraphQLError>

/** Finds the caller, or an error: UNAUTHENTICATED, FORBIDDEN for an operator, or an unexpected one. Never rejects. */
export type Identify = (request: AuthRequest) => Found<Caller>

/** Finds the operator, or an error: UNAUTHENTICATED, FORBIDDEN for a caller, or an unexpected one. Never rejects. */
export type IdentifyOperator = (request: AuthRequest) => Found<Operator>

export interface Identification {
  readonly caller: Identify
  readonly operator: IdentifyOperator
}

/** Longest time that `authenticate` may take, in ms: sockets and requests wait for it. */
const deadlineMs = 10_000

/** Says the same for every key that is refused: clients must not learn which keys exist, or did. */
export function unauthenticated(): GraphQLError {
  const message =
    'Expected valid credentials: the header Authorization, or over WebSocket the connection parameter authorization'
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http } })
}

function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 403 } } })
}

/** Whether the access has expired or is revoked. */
export function isExpired({ expiresAt, revoked }: Pick<Caller, 'expiresAt' | 'revoked'>): boolean {
  return revoked?.aborted === true || (expiresAt !== null && expiresAt <= Date.now())
}

function checked(principal: Principal | undefined): Principal | GraphQLError {
  return !principal || isExpired(principal) ? unauthenticated() : principal
}

function asCaller(found: Principal | GraphQLError): Caller | GraphQLError {
  if (found instanceof GraphQLError || found.tenant !== null) return found
  return forbidden('A key with the scope operator is for /metrics alone')
}

function asOperator(found: Principal | GraphQLError): Operator | GraphQLError {
  if (found instanceof GraphQLError || found.tenant === null) return found
  return forbidden('Metrics take a key with the scope operator, which belongs to no tenant')
}

async function withinDeadline(answer: PromiseLike<Principal | undefined>): Promise<Principal | undefined> {
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

export function createIdentification(
  authenticate: Authenticate,
  mask: (error: unknown) => GraphQLError,
): Identification {
  function failed(error: unknown): GraphQLError {
    const { message, extensions } = mask(error)
    return new GraphQLError(message, { extensions: { ...extensions, http: { status: 500 } } })
  }

  function identify(request: AuthRequest): Found<Principal> {
    try {
      const principal = authenticate(request)
      const isPending = principal !== undefined && 'then' in principal
      return isPending ? withinDeadline(principal).then(checked).catch(failed) : checked(principal)
    } catch (error) {
      return failed(error)
    }
  }

  /** Answers without a promise if the hook does. */
  function identifyAs<Who>(as: (found: Principal | GraphQLError) => Who | GraphQLError) {
    return (request: AuthRequest): Found<Who> => {
      const found = identify(request)
      return found instanceof Promise ? found.then(as) : as(found)
    }
  }

  return { caller: identifyAs(asCaller), operator: identifyAs(asOperator) }
}
