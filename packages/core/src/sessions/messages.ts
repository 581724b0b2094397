import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { cutText, headOf } from '../cut-text.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts'

/** An id that is longer is no id: it goes back with the answer. */
const maxIdLength = 1_024
const maxVersionBytes = 100
const internalError = -32603

/** A message of a server by what it is for (JSON-RPC 2.0, sections 4 and 5), with the members that are looked at. */
export type ServerMessage =
  | { readonly kind: 'ANSWER'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'REQUEST'; readonly id: RequestId; readonly method: string }
  | { readonly kind: 'NOTIFICATION'; readonly method: string; readonly params: JsonObject }

type Outcome = { readonly result: JsonValue } | { readonly error: JsonValue }

const isId = (id: JsonValue | undefined): id is RequestId =>
  typeof id === 'number' || (typeof id === 'string' && id.length <= maxIdLength)

/** Undefined for what is no message. The ids of this side's requests are numbers; a server may have made texts of them. */
export function sortMessage(value: JsonValue): ServerMessage | undefined {
  if (!isJsonObject(value) || value.jsonrpc !== '2.0') return undefined
  const { id, method, params, result, error } = value
  if ('method' in value) {
    if (typeof method !== 'string') return undefined
    if (!('id' in value)) return { kind: 'NOTIFICATION', method, params: isJsonObject(params) ? params : {} }
    return isId(id) ? { kind: 'REQUEST', id, method } : undefined
  }
  if (!isId(id)) return undefined
  if (result !== undefined) return { kind: 'ANSWER', id: Number(id), outcome: { result } }
  return error === undefined ? undefined : { kind: 'ANSWER', id: Number(id), outcome: { error } }
}

/**
 * A result as the SDK is given it: in a member by itself, since the SDK checks and copies what a server puts beside
 * what the protocol knows, however much it is.
 */
export interface BoxedResult {
  readonly [key: string]: unknown
  readonly boxed: JsonValue
  /** Of the text in which it came. */
  readonly bytes: number
}

/** How long an answer is, and how long a text of it may be beside its result. */
export interface AnswerSize {
  readonly bytes: number
  readonly textBytes: number
}

/** An answer for the SDK. Only `initialize` has its result read by the SDK itself. */
export function answerMessage(id: number, method: string, outcome: Outcome, size: AnswerSize): JSONRPCMessage {
  if ('result' in outcome) {
    const { result } = outcome
    if (method !== 'initialize')
      return { jsonrpc: '2.0', id, result: { boxed: result, bytes: size.bytes } satisfies BoxedResult }
    if (isJsonObject(result)) {
      const { protocolVersion } = result
      // One that is not known is quoted.
      const cut =
        typeof protocolVersion === 'string' ? { protocolVersion: headOf(protocolVersion, maxVersionBytes) } : {}
      return { jsonrpc: '2.0', id, result: { ...result, ...cut } }
    }
    return { jsonrpc: '2.0', id, error: { code: internalError, message: 'The result is no JSON object' } }
  }
  const { code, message } = isJsonObject(outcome.error) ? outcome.error : {}
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
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** A notification for the SDK, with the members that are read; undefined for one that nothing here listens to. */
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
  switch (method) {
    case 'notifications/message':
      return message(['level', 'logger', 'data'])
    case 'notifications/progress':
      return isAwaited(Number(params.progressToken))
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
