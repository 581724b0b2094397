import { cutText } from '../base/cut-text.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, kindOf } from '../base/json.ts'
import { readIntroduction } from './introduction.ts'
import type { JsonRpcMessage, RequestId } from './json-rpc.ts'
import type { RepeatedPage } from './known-pages.ts'
import { metaKeys, unsupportedVersion } from './modern/revision.ts'

/** Longest id of a server's request, in characters: the answer repeats it. */
const maxIdLength = 1_024
const internalError = -32603
/** MCP 2025-11-25, URLElicitationRequiredError. */
export const urlElicitationRequired = -32042

/** A message of a server by its purpose (JSON-RPC 2.0, sections 4 and 5), with the members that are read. */
export type ServerMessage =
  | { readonly kind: 'ANSWER'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'REQUEST'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'NOTIFICATION'; readonly method: string; readonly params: JsonObject }

type Outcome =
  | { readonly result: JsonValue }
  | { readonly error: JsonValue }
  /** Why the answer cannot be understood, as a predicate: "has neither a result nor an error". */
  | { readonly fault: string }

const isId = (id: JsonValue | undefined): id is RequestId =>
  typeof id === 'number' || (typeof id === 'string' && id.length <= maxIdLength)

const isGiven = (value: JsonValue | undefined): value is JsonValue => (value ?? null) !== null

/** The id of one of our requests, which is a number; a server may have made a string of it. */
export function answeredId(id: JsonValue | undefined): number | undefined {
  if (typeof id === 'number') return id
  return typeof id === 'string' && id === String(Number(id)) ? Number(id) : undefined
}

/** Treats null beside the other member as absent: JSON-RPC 1.0 always had both members. */
function outcomeOf({ result, error }: JsonObject): Outcome {
  if (isGiven(result) && isGiven(error)) return { fault: 'has both a result and an error; expected one of them' }
  if (isGiven(error)) return { error }
  return result === undefined ? { fault: 'has neither a result nor an error; expected one of them' } : { result }
}

/** Undefined if the value is not a message. An answer may have another `jsonrpc` if it is clearly an answer. */
export function sortMessage(value: JsonValue): ServerMessage | undefined {
  if (!isJsonObject(value)) return undefined
  const { jsonrpc, id, method, params, result, error } = value
  const isVersioned = jsonrpc === '2.0'
  if (isGiven(method) && !isGiven(result) && !isGiven(error)) {
    if (!isVersioned || typeof method !== 'string') return undefined
    const given = isJsonObject(params) ? params : {}
    if (!isGiven(id)) return { kind: 'NOTIFICATION', method, params: given }
    return isId(id) ? { kind: 'REQUEST', id, method, params: given } : undefined
  }
  const answered = answeredId(id)
  if (answered === undefined || !(isVersioned || isJsonObject(result) || isJsonObject(error))) return undefined
  return { kind: 'ANSWER', id: answered, outcome: outcomeOf(value) }
}

/**
 * A result in one member: the client of the earlier revisions checks and copies members that the protocol does not know,
 * however large they are.
 */
export interface BoxedResult {
  readonly [key: string]: unknown
  readonly boxed: JsonObject
  /** Length of the text in which it came. */
  readonly bytes: number
  readonly repeated?: RepeatedPage | undefined
}

/** Length of an answer, and of its longest text beside its result. */
export interface AnswerSize {
  readonly bytes: number
  readonly textBytes: number
}

/** The answer whose bytes came before, and are known. */
export function knownAnswer(id: number, known: JsonObject, bytes: number, repeated: RepeatedPage): JsonRpcMessage {
  return { jsonrpc: '2.0', id, result: { boxed: known, bytes, repeated } satisfies BoxedResult }
}

/** Fails its request with `error`. */
const brokenAnswer = (id: number, error: RegistryError): JsonRpcMessage => ({
  jsonrpc: '2.0',
  id,
  error: { code: internalError, message: error.message, data: error },
})

/**
 * Boxes the result, except of `initialize`, whose members are read one by one.
 * @throws PROTOCOL_ERROR if it is not a result of the method.
 */
function resultMessage(
  id: number,
  method: string,
  result: JsonValue,
  bytes: number,
  repeated: RepeatedPage | undefined,
): JsonRpcMessage {
  if (isJsonObject(result)) {
    if (method === 'initialize') return { jsonrpc: '2.0', id, result: readIntroduction(result) }
    return { jsonrpc: '2.0', id, result: { boxed: result, bytes, repeated } satisfies BoxedResult }
  }
  // Any answer is a sign of life.
  if (method === 'ping') return { jsonrpc: '2.0', id, result: { boxed: {}, bytes } satisfies BoxedResult }
  throw new RegistryError(
    'PROTOCOL_ERROR',
    `The answer to ${method} has a result that is ${kindOf(result)}; expected an object`,
  )
}

/** The members of an error's data that are read, by its code. */
function dataOf(code: JsonValue | undefined, data: JsonObject): { readonly data?: JsonObject } {
  if (code === unsupportedVersion) return { data: members(data, ['supported']) }
  return code === urlElicitationRequired ? { data: members(data, ['elicitations']) } : {}
}

/** The answer as sessions take it. `repeated`: its text, if it is a page of a list that came before. */
export function answerMessage(
  id: number,
  method: string,
  outcome: Outcome,
  size: AnswerSize,
  repeated?: RepeatedPage,
): JsonRpcMessage {
  if ('fault' in outcome) {
    return brokenAnswer(id, new RegistryError('PROTOCOL_ERROR', `The answer to ${method} ${outcome.fault}`))
  }
  if ('result' in outcome) {
    try {
      return resultMessage(id, method, outcome.result, size.bytes, repeated)
    } catch (error) {
      if (isRegistryError(error)) return brokenAnswer(id, error)
      throw error
    }
  }
  const { code, message, data } = isJsonObject(outcome.error) ? outcome.error : { message: outcome.error }
  return {
    jsonrpc: '2.0',
    id,
    error: {
      code: typeof code === 'number' && Number.isSafeInteger(code) ? code : internalError,
      message: typeof message === 'string' ? cutText(message, size.textBytes) : 'The error has no message',
      ...(isJsonObject(data) ? dataOf(code, data) : {}),
    },
  }
}

function members(params: JsonObject, names: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = params[name]
      return isGiven(value) ? [[name, value]] : []
    }),
  )
}

/** The id of the request that a notification belongs to, out of its `_meta`. */
function subscriptionOf({ _meta }: JsonObject): Record<string, JsonValue> {
  const id = isJsonObject(_meta) ? _meta[metaKeys.subscriptionId] : undefined
  return isGiven(id) ? { subscriptionId: id } : {}
}

/**
 * The notification as sessions take it, with the members that are read and not null; undefined if it has no listener.
 */
export function notificationMessage(
  method: string,
  params: JsonObject,
  isAwaited: (id: number) => boolean,
): JsonRpcMessage | undefined {
  const message = (names: readonly string[]): JsonRpcMessage => ({
    jsonrpc: '2.0',
    method,
    params: members(params, names),
  })
  const isAwaitedToken = (token: JsonValue | undefined) => {
    const id = answeredId(token)
    return id !== undefined && isAwaited(id)
  }
  switch (method) {
    case 'notifications/message':
      return message(['level', 'logger', 'data'])
    case 'notifications/progress':
      return isAwaitedToken(params.progressToken)
        ? message(['progressToken', 'progress', 'total', 'message'])
        : undefined
    case 'notifications/subscriptions/acknowledged':
      return { jsonrpc: '2.0', method, params: { ...members(params, ['notifications']), ...subscriptionOf(params) } }
    case 'notifications/elicitation/complete':
      return message(['elicitationId'])
    case 'notifications/resources/updated':
      return message(['uri'])
    case 'notifications/tools/list_changed':
    case 'notifications/resources/list_changed':
    case 'notifications/prompts/list_changed':
      return message([])
    default:
      return undefined
  }
}

/** The id of a message that expects an answer. */
export function requestIdOf(message: JsonRpcMessage): RequestId | undefined {
  return 'method' in message && 'id' in message ? message.id : undefined
}

/** The id of the request that a `notifications/cancelled` cancels (MCP 2025-11-25, cancellation). */
export function cancelledId(message: JsonRpcMessage): RequestId | undefined {
  return 'method' in message ? idInCancellation(message.method, message.params ?? {}) : undefined
}

export function idInCancellation(method: string, params: { readonly [key: string]: unknown }): RequestId | undefined {
  if (method !== 'notifications/cancelled') return undefined
  const id = params.requestId
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}
