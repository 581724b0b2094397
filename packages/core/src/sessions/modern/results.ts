import { RegistryError } from '../../base/errors.ts'
import { type JsonObject, kindOf } from '../../base/json.ts'

/** Characters of a result type in a message. */
const maxQuoted = 100

/**
 * The result of a request that is complete (MCP 2026-07-28, basic, results). Servers of earlier revisions have no result
 * types, so an absent one is complete.
 *
 * @param onInputRequired Receives a result that asks for input, for the requests that may wait for it, and throws.
 * @throws PROTOCOL_ERROR for a type that is not known
 */
export function completeResult(
  method: string,
  result: JsonObject,
  onInputRequired?: (result: JsonObject) => never,
): JsonObject {
  const type = result.resultType ?? 'complete'
  if (type === 'complete') return result
  if (type === 'input_required') {
    if (onInputRequired) return onInputRequired(result)
    const message = `The server asks for input before it completes ${method} (input_required), which it was not told that it may`
    throw new RegistryError('PROTOCOL_ERROR', message)
  }
  const got = typeof type === 'string' ? JSON.stringify(type.slice(0, maxQuoted)) : kindOf(type)
  const message = `The answer to ${method}: /resultType: expected "complete", got ${got}`
  throw new RegistryError('PROTOCOL_ERROR', message)
}

/** How long a result stays as it is, in ms; undefined if the server does not say so in a way that makes sense. */
export function ttlOf({ ttlMs }: JsonObject): number | undefined {
  return typeof ttlMs === 'number' && ttlMs >= 0 && Number.isSafeInteger(Math.floor(ttlMs))
    ? Math.floor(ttlMs)
    : undefined
}
