import { canonicalDigest } from '../base/canonical-json.ts'
import { headOf } from '../base/cut-text.ts'
import { countValues, isDeeperThan, isJsonObject, type JsonObject, jsonHead, kindOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { toIcon } from '../model/icons.ts'
import type { McpIcon, ToolDefinition } from '../model/tool.ts'

/** Longest name of a tool, in characters. */
const maxNameLength = 512

export type DefinitionCheck =
  | { readonly ok: true; readonly definition: ToolDefinition; readonly definitionText: string }
  /** `name` is the tool's own name, or its place in the list if it has none. */
  | { readonly ok: false; readonly name: string; readonly reason: string }

/** Why a definition is rejected; thrown and caught within this file only. */
class Unacceptable extends Error {}

function optionalString(raw: JsonObject, key: string): string | undefined {
  const value = raw[key] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw new Unacceptable(`/${key}: expected a string, got ${kindOf(value)}`)
}

function optionalObject(raw: JsonObject, key: string): JsonObject | undefined {
  const value = raw[key] ?? undefined
  if (value === undefined || isJsonObject(value)) return value
  throw new Unacceptable(`/${key}: expected an object, got ${kindOf(value)}`)
}

/** The object without its null members that may be omitted: null means omitted. */
function withoutNulls(given: JsonObject, mayBeAbsent: (key: string) => boolean): JsonObject {
  const isLeftOut = (key: string) => given[key] === null && mayBeAbsent(key)
  if (!Object.keys(given).some(isLeftOut)) return given
  return Object.fromEntries(Object.entries(given).filter(([key]) => !isLeftOut(key)))
}

/** Members of the root of a schema that MCP 2025-11-25 names. */
const schemaMembers = ['$schema', 'type', 'properties', 'required']

function optionalSchema(raw: JsonObject, key: 'inputSchema' | 'outputSchema'): JsonObject | undefined {
  const schema = optionalObject(raw, key)
  return schema && withoutNulls(schema, (member) => schemaMembers.includes(member))
}

/** The input schema. MCP 2025-11-25 requires an object schema; some servers omit `type`, which means the same. */
function inputSchema(raw: JsonObject): JsonObject {
  const schema = optionalSchema(raw, 'inputSchema')
  if (!schema) throw new Unacceptable('/inputSchema: expected an object schema, got none')
  const { type } = schema
  if (type !== undefined && type !== 'object') {
    throw new Unacceptable(`/inputSchema/type: expected "object", got ${jsonHead(type, 100)}`)
  }
  return schema
}

function icons(raw: JsonObject): readonly McpIcon[] | undefined {
  const value = raw.icons ?? undefined
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw new Unacceptable(`/icons: expected a list, got ${kindOf(value)}`)
  return value.map((icon: unknown, index) => {
    if (!isJsonObject(icon)) throw new Unacceptable(`/icons/${index}: expected an object, got ${kindOf(icon)}`)
    const { src } = icon
    if (typeof src !== 'string') throw new Unacceptable(`/icons/${index}/src: expected a string, got ${kindOf(src)}`)
    return toIcon(icon, src)
  })
}

function toDefinition(raw: JsonObject, name: string): ToolDefinition {
  const title = optionalString(raw, 'title')
  const description = optionalString(raw, 'description')
  const outputSchema = optionalSchema(raw, 'outputSchema')
  const annotations = optionalObject(raw, 'annotations')
  const iconList = icons(raw)
  const meta = optionalObject(raw, '_meta')
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputSchema: inputSchema(raw),
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations: withoutNulls(annotations, () => true) }),
    ...(iconList === undefined ? {} : { icons: iconList }),
    ...(meta === undefined ? {} : { _meta: meta }),
  }
}

type DefinitionBudgets = Pick<BudgetMeter, 'budgets' | 'count'>

/** Why a definition is too large, if it is. Checked before anything walks it: hashing and comparing are recursive. */
function excess(raw: JsonObject, { budgets, count }: DefinitionBudgets): string | undefined {
  const { definitionDepth, definitionValues } = budgets
  if (isDeeperThan(raw, definitionDepth)) {
    count('definitionDepth')
    return `nested more than ${definitionDepth} deep`
  }
  if (countValues(raw, definitionValues) <= definitionValues) return undefined
  count('definitionValues')
  return `more than ${definitionValues} values`
}

/** Checks one definition of `tools/list` by itself. A null optional member counts as omitted. */
export function checkDefinition(raw: unknown, index: number, meter: DefinitionBudgets): DefinitionCheck {
  const place = `#${index + 1} of the list`
  if (!isJsonObject(raw)) return { ok: false, name: place, reason: `expected an object, got ${kindOf(raw)}` }
  const { name } = raw
  if (typeof name !== 'string' || name === '') {
    const came = name === '' ? 'an empty one' : kindOf(name)
    return { ok: false, name: place, reason: `/name: expected a name, got ${came}` }
  }
  // Text in a database cannot hold U+0000.
  if (name.includes('\0')) return { ok: false, name: place, reason: '/name: expected no character U+0000' }
  if (name.length > maxNameLength) {
    const reason = `/name: expected at most ${maxNameLength} characters, got ${name.length}`
    return { ok: false, name: `${headOf(name, 100)}…`, reason }
  }
  const tooLarge = excess(raw, meter)
  if (tooLarge !== undefined) return { ok: false, name, reason: tooLarge }
  try {
    const definition = toDefinition(raw, name)
    const definitionText = JSON.stringify(definition)
    const { definitionBytes } = meter.budgets
    // A UTF-16 unit takes 3 bytes at most, and most definitions are far from the limit.
    const bytes = definitionText.length * 3 > definitionBytes ? Buffer.byteLength(definitionText) : 0
    if (bytes <= definitionBytes) return { ok: true, definition, definitionText }
    meter.count('definitionBytes')
    const reason = `expected at most ${definitionBytes} bytes of JSON, got ${bytes}`
    return { ok: false, name, reason }
  } catch (error) {
    if (error instanceof Unacceptable) return { ok: false, name, reason: error.message }
    throw error
  }
}

/** SHA-256 in hex of name, description, schemas and annotations, in the form of RFC 8785. */
export function schemaDigest({ name, description, inputSchema, outputSchema, annotations }: ToolDefinition): string {
  return canonicalDigest({
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations }),
  })
}

/** SHA-256 in hex of the whole definition, in the form of RFC 8785: users and models see titles and icons, too. */
export function definitionDigest(definition: ToolDefinition): string {
  // A definition consists of JSON.
  return canonicalDigest(definition as unknown as JsonObject)
}
