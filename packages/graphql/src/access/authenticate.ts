import { GraphQLError } from 'graphql'
import type { Caller, Operator } from './caller.ts'

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

type Holder = Caller | Operator

/**
 * On whose behalf the request is executed; undefined refuses it. For an operator nothing is executed. Called before anything of the request is read: once
 * for each over HTTP, and once for each socket. What it throws is shown as an unexpected error. It has 10 seconds.
 */
export type Authenticate = (request: AuthRequest) => Holder | undefined | PromiseLike<Holder | undefined>

type Found<Who> = Who | GraphQLError | Promise<Who | GraphQLError>

/** Who asks, or what is answered instead: UNAUTHENTICATED, FORBIDDEN for an operator, or an unexpected error. Never rejects. */
export type Identify = (request: AuthRequest) => Found<Caller>

/** The operator who asks, or what is answered instead: UNAUTHENTICATED, FORBIDDEN for a caller, or an unexpected error. Never rejects. */
export type IdentifyOperator = (request: AuthRequest) => Found<Operator>

export interface Identification {
  readonly caller: Identify
  readonly operator: IdentifyOperator
}

const deadlineMs = 10_000

/** The same for whatever is wrong with who asks: which keys there are, or were, is not told. */
export function unauthenticated(): GraphQLError {
  const message =
    'Expected valid credentials: the header Authorization, or over WebSocket the connection parameter authorization'
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http } })
}

function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 403 } } })
}

/** Whether access has ended: expired, or revoked. */
export function isOver({ expiresAt, revoked }: Pick<Caller, 'expiresAt' | 'revoked'>): boolean {
  return revoked?.aborted === true || (expiresAt !== null && expiresAt <= Date.now())
}

function checked(holder: Holder | undefined): Holder | GraphQLError {
  return !holder || isOver(holder) ? unauthenticated() : holder
}

function asCaller(found: Holder | GraphQLError): Caller | GraphQLError {
  if (found instanceof GraphQLError || found.tenant !== null) return found
  return forbidden('A key with the scope operator is for /metrics alone')
}

function asOperator(found: Holder | GraphQLError): Operator | GraphQLError {
  if (found instanceof GraphQLError || found.tenant === null) return found
  return forbidden('Metrics take a key with the scope operator, which belongs to no tenant')
}

async function withinDeadline(answer: PromiseLike<Holder | undefined>): Promise<Holder | undefined> {
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

  function identify(request: AuthRequest): Found<Holder> {
    try {
      const holder = authenticate(request)
      const isPending = holder !== undefined && 'then' in holder
      return isPending ? withinDeadline(holder).then(checked).catch(failed) : checked(holder)
    } catch (error) {
      return failed(error)
    }
  }

  /** At once if the hook answers at once. */
  function identifyAs<Who>(as: (found: Holder | GraphQLError) => Who | GraphQLError) {
    return (request: AuthRequest): Found<Who> => {
      const found = identify(request)
      return found instanceof Promise ? found.then(as) : as(found)
    }
  }

  return { caller: identifyAs(asCaller), operator: identifyAs(asOperator) }
}
