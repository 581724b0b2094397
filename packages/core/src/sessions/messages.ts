import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { cutText } from '../base/cut-text.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, kindOf } from '../base/json.ts'
import { readIntroduction } from './introduction.ts'

/** An id that is longer is no id: it goes back with the answer. */
const maxIdLength = 1_024
const internalError = -32603

/** A message of a server by what it is for (JSON-RPC 2.0, sections 4 and 5), with the members that are looked at. */
export type ServerMessage =
  | { readonly kind: 'ANSWER'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'REQUEST'; readonly id: RequestId; readonly method: string }
  | { readonly kind: 'NOTIFICATION'; readonly method: string; readonly params: JsonObject }

type Outcome =
  | { readonly result: JsonValue }
  | { readonly error: JsonValue }
  /** Why the answer cannot be understood, as it follows its name. */
  | { readonly fault: string }

const isId = (id: JsonValue | undefined): id is RequestId =>
  typeof id === 'number' || (typeof id === 'string' && id.length <= maxIdLength)

const isGiven = (value: JsonValue | undefined): value is JsonValue => (value ?? null) !== null

/** The ids of this side's requests are numbers; a server may have made texts of them. */
export function answeredId(id: JsonValue | undefined): number | undefined {
  if (typeof id === 'number') return id
  return typeof id === 'string' && id === String(Number(id)) ? Number(id) : undefined
}

/** Null is absent, beside what is there: JSON-RPC 1.0 had both members always. */
function outcomeOf({ result, error }: JsonObject): Outcome {
  if (isGiven(result) && isGiven(error)) return { fault: 'has both a result and an error; expected one of them' }
  if (isGiven(error)) return { error }
  return result === undefined ? { fault: 'has neither a result nor an error; expected one of them' } : { result }
}

/** Undefined for what is no message. An answer is one also with some other `jsonrpc`, where there is no doubt of it. */
export function sortMessage(value: JsonValue): ServerMessage | undefined {
  if (!isJsonObject(value)) return undefined
  const { jsonrpc, id, method, params, result, error } = value
  const isVersioned = jsonrpc === '2.0'
  if (isGiven(method) && !isGiven(result) && !isGiven(error)) {
    if (!isVersioned || typeof method !== 'string') return undefined
    if (!isGiven(id)) return { kind: 'NOTIFICATION', method, params: isJsonObject(params) ? params : {} }
    return isId(id) ? { kind: 'REQUEST', id, method } : undefined
  }
  const answered = answeredId(id)
  if (answered === undefined || !(isVersioned || isJsonObject(result) || isJsonObject(error))) return undefined
  return { kind: 'ANSWER', id: answered, outcome: outcomeOf(value) }
}

/**
 * A result as the SDK is given it: in a member by itself, since the SDK checks and copies what a server puts beside
 * what the protocol knows, however much it is.
 */
export interface BoxedResult {
  readonly [key: string]: unknown
  readonly boxed: JsonObject
  /** Of the text in which it came. */
  readonly bytes: number
}

/** How long an answer is, and how long a text of it may be beside its result. */
export interface AnswerSize {
  readonly bytes: number
  readonly textBytes: number
}

/** The SDK rejects the request with an McpError that has `error` as its `data`. */
const brokenAnswer = (id: number, error: RegistryError): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  error: { code: internalError, message: error.message, data: error },
})

/** Throws PROTOCOL_ERROR for a result that is none of the method's. Only `initialize` has its result read by the SDK. */
function resultMessage(id: number, method: string, result: JsonValue, bytes: number): JSONRPCMessage {
  if (isJsonObject(result)) {
    if (method === 'initialize') return { jsonrpc: '2.0', id, result: readIntroduction(result) }
    return { jsonrpc: '2.0', id, result: { boxed: result, bytes } satisfies BoxedResult }
  }
  // Any answer is a sign of life.
  if (method === 'ping') return { jsonrpc: '2.0', id, result: { boxed: {}, bytes } satisfies BoxedResult }
  throw new RegistryError(
    'PROTOCOL_ERROR',
    `The answer to ${method} has a result that is ${kindOf(result)}; expected an object`,
  )
}

/** An answer for the SDK. */
export function answerMessage(id: number, method: string, outcome: Outcome, size: AnswerSize): JSONRPCMessage {
  if ('fault' in outcome) {
    return brokenAnswer(id, new RegistryError('PROTOCOL_ERROR', `The answer to ${method} ${outcome.fault}`))
  }
  if ('result' in outcome) {
    try {
      return resultMessage(id, method, outcome.result, size.bytes)
    } catch (error) {
      if (isRegistryError(error)) return brokenAnswer(id, error)
      throw error
    }
  }
  const { code, message } = isJsonObject(outcome.error) ? outcome.error : { message: outcome.error }
  return {
    jsonrpc: '2.0',
    id,
    error: {
      code: typeof code === 'number' && Number.isSafeInteger(code) ? code : internalError,
      message: typeof message === 'string' ? cutText(message, size.textBytes) : 'The error has no message',
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

/** A notification for the SDK, with the members that are read and are not null; undefined for one that nothing here listens to. */
export function notificationMessage(
  method: string,
  params: JsonObject,
  isAwaited: (id: number) => boolean,
): JSONRPCMessage | undefined {
  const message = (names: readonly string[]): JSONRPCMessage => ({
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
    case 'notifications/tools/list_changed':
      return message([])
    default:
      return undefined
  }
}

/** The id of a message that wants an answer. */
export function requestIdOf(message: JSONRPCMessage): RequestId | undefined {
  return 'method' in message && 'id' in message ? message.id : undefined
}

/** The request that a `notifications/cancelled` takes back (MCP 2025-11-25, cancellation). */
export function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined
  const id = message.params?.requestId
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}
