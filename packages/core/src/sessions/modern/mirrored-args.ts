import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { type HeaderParams, headerParamsOf, paramHeaders } from './header-params.ts'

/** Schemas stay the same object while their definition is the current one, and each call asks for them. */
const known = new WeakMap<JsonObject, HeaderParams>()

function paramsOf(inputSchema: JsonValue | undefined): HeaderParams | undefined {
  if (!isJsonObject(inputSchema)) return undefined
  const params = known.get(inputSchema) ?? headerParamsOf(inputSchema)
  known.set(inputSchema, params)
  return params
}

/** Why the annotations of a schema make its tool invalid over HTTP; undefined if they do not. */
export function headerFault(inputSchema: JsonValue | undefined): string | undefined {
  const params = headerParamsOf(inputSchema)
  return params.ok ? undefined : params.reason
}

/**
 * The headers that mirror args by the tool's input schema. A tool whose annotations are invalid mirrors none.
 *
 * @throws INVALID_INPUT, LIMIT_EXCEEDED for a value that no header can carry.
 */
export function headersOf(inputSchema: JsonValue | undefined, args: JsonObject): Record<string, string> | undefined {
  const params = paramsOf(inputSchema)
  return params?.ok && params.params.length > 0 ? paramHeaders(params.params, args) : undefined
}
