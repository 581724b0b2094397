import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'

/** JSON-RPC 2.0, sections 4 and 5, by the members alone: what they hold is checked by those who read it. */
function isMessage(value: unknown): value is JSONRPCMessage {
  if (typeof value !== 'object' || value === null || !('jsonrpc' in value) || value.jsonrpc !== '2.0') return false
  if ('method' in value) return typeof value.method === 'string'
  return 'id' in value && ('result' in value || 'error' in value)
}

/** Of a text that is no message. Who tells of it removes secrets first, and so gets more of it than it tells. */
const quotedLength = 4_096

/** Shorter texts count as so many bytes: to keep the size of each one costs more than it tells. */
const leastBytes = 2 * 1024
/** Of results, for as long as they are held. */
const sizes = new WeakMap<object, number>()

/** Bytes of the text in which a result came. */
export function sizeOf(result: object): number {
  return sizes.get(result) ?? leastBytes
}

/** The messages of a text: one, or a batch (MCP 2025-03-26). What is none goes to `onFault`, and the rest is taken. */
export function readMessages(
  text: string,
  onMessage: (message: JSONRPCMessage) => void,
  onFault: (error: Error) => void,
): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    onFault(
      new Error(`Expected a JSON-RPC message, got text that is no JSON: ${text.slice(0, quotedLength)}`, { cause }),
    )
    return
  }
  for (const value of Array.isArray(parsed) ? parsed : [parsed]) {
    if (isMessage(value)) {
      if ('result' in value && text.length > leastBytes) sizes.set(value.result, Buffer.byteLength(text))
      onMessage(value)
    } else onFault(new Error(`Expected a JSON-RPC message, got other JSON: ${text.slice(0, quotedLength)}`))
  }
}

/** The id of a message that wants an answer. */
export function requestIdOf(message: JSONRPCMessage): RequestId | undefined {
  return 'method' in message && 'id' in message ? message.id : undefined
}

/** The id of the request that a message answers. */
export function answeredId(message: JSONRPCMessage): RequestId | undefined {
  return 'method' in message ? undefined : message.id
}

/** The request that a `notifications/cancelled` takes back (MCP 2025-11-25, cancellation). */
export function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined
  const id = message.params?.requestId
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/**
 * Hands messages over, each in a turn of its own: the SDK puts a notification off by one turn, and forgets the progress
 * handler of a request at once when its answer comes, so progress in the same chunk as the answer would be lost.
 */
export function inTurns(listener: (message: JSONRPCMessage) => void): (message: JSONRPCMessage) => void {
  let last: Promise<void> = Promise.resolve()
  return (message) => {
    last = last.then(() => listener(message))
  }
}
