import { invalidInput } from '../../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue, kindOf } from '../../base/json.ts'
import {
  inCurrentDraft,
  schemaKeywords,
  schemaListKeywords,
  schemaMapKeywords,
} from '../../json-schema/schema-keywords.ts'
import { encodeHeaderValue } from './header-value.ts'

/** The keyword of a schema that has an arg sent as a header as well. */
export const headerAnnotation = 'x-mcp-header'
/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const primitives: readonly (JsonValue | undefined)[] = ['string', 'integer', 'boolean']
const misplaced = 'expected on a property that "properties" alone lead to, found elsewhere'
/** Deeper schemas are rejected for their depth elsewhere. */
const maxDepth = 200
/** Characters of a name in a message. */
const maxNameLength = 100

/** A parameter of a tool that is mirrored into a header. */
export interface HeaderParam {
  /** Names of properties, from the args down. */
  readonly path: readonly string[]
  /** The whole name of the header. */
  readonly header: string
}

/** The parameters to mirror, or why the annotations make the tool invalid. */
export type HeaderParams =
  | { readonly ok: true; readonly params: readonly HeaderParam[] }
  | { readonly ok: false; readonly reason: string }

class InvalidAnnotation extends Error {}

function nameAt(path: readonly string[]): string {
  return `/${path.join('/')}`.slice(0, maxNameLength)
}

/** Walks a schema, keeping where it is. */
class AnnotationReader {
  readonly params: HeaderParam[] = []
  readonly #names = new Set<string>()
  readonly #path: string[] = []

  /** `isReachable`: whether `properties` alone led here. */
  visit(given: JsonValue | undefined, isReachable: boolean): void {
    if (!isJsonObject(given) || this.#path.length > maxDepth) return
    const schema = inCurrentDraft(given)
    if (Object.hasOwn(schema, headerAnnotation)) this.#take(schema, isReachable)
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'properties') this.#visitEach(value, isReachable)
      else if (schemaKeywords.has(keyword)) this.#visitAt(`<${keyword}>`, value, false)
      else if (schemaListKeywords.has(keyword) && Array.isArray(value)) {
        for (const each of value) this.#visitAt(`<${keyword}>`, each, false)
      } else if (schemaMapKeywords.has(keyword)) this.#visitEach(value, false)
    }
  }

  #visitEach(schemas: JsonValue, isReachable: boolean): void {
    if (!isJsonObject(schemas)) return
    for (const [name, schema] of Object.entries(schemas)) this.#visitAt(name, schema, isReachable)
  }

  #visitAt(name: string, schema: JsonValue, isReachable: boolean): void {
    this.#path.push(name)
    this.visit(schema, isReachable)
    this.#path.pop()
  }

  #take(schema: JsonObject, isReachable: boolean): void {
    const path = [...this.#path]
    const name = schema[headerAnnotation]
    const fault = isReachable && path.length > 0 ? this.#faultOf(name, schema.type) : misplaced
    if (fault !== undefined) throw new InvalidAnnotation(`inputSchema ${nameAt(path)}: ${headerAnnotation}: ${fault}`)
    const lower = String(name).toLowerCase()
    this.#names.add(lower)
    this.params.push({ path, header: `mcp-param-${lower}` })
  }

  #faultOf(name: JsonValue | undefined, type: JsonValue | undefined): string | undefined {
    if (typeof name !== 'string') return `expected a string, got ${kindOf(name)}`
    const quoted = JSON.stringify(name.slice(0, maxNameLength))
    if (!token.test(name)) return `expected a header name (RFC 9110 token), got ${quoted}`
    if (this.#names.has(name.toLowerCase())) return `expected each name once, got ${quoted} twice (case does not count)`
    if (primitives.includes(type)) return undefined
    const got = typeof type === 'string' ? JSON.stringify(type.slice(0, maxNameLength)) : kindOf(type)
    return `expected the type string, integer or boolean, got ${got}`
  }
}

/** The parameters of a tool that its input schema has mirrored into headers (MCP 2026-07-28, custom headers). */
export function headerParamsOf(inputSchema: JsonValue | undefined): HeaderParams {
  const reader = new AnnotationReader()
  try {
    reader.visit(inputSchema, true)
    return { ok: true, params: reader.params }
  } catch (error) {
    if (error instanceof InvalidAnnotation) return { ok: false, reason: error.message }
    throw error
  }
}

function valueAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = args
  for (const name of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at
}

function textOf(value: JsonValue, path: readonly string[]): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (Number.isSafeInteger(value)) return String(value)
  const got = typeof value === 'number' ? String(value) : kindOf(value)
  const message = `args ${nameAt(path)}: expected a string, a boolean or an integer within 2^53 for a header, got ${got}`
  throw invalidInput(['args', ...path], message)
}

/**
 * The headers that mirror args. A parameter that is null or absent has none.
 *
 * @throws INVALID_INPUT, LIMIT_EXCEEDED for a value that no header can carry.
 */
export function paramHeaders(params: readonly HeaderParam[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { path, header } of params) {
    const value = valueAt(args, path) ?? null
    if (value === null) continue
    headers[header] = encodeHeaderValue(textOf(value, path), `args ${nameAt(path)}`)
  }
  return headers
}
