import { canonicalDigest } from '../base/canonical-json.ts'
import { headOf } from '../base/cut-text.ts'
import { isJsonObject, type JsonObject, jsonHead, kindOf } from '../base/json.ts'
import {
  type DefinitionBudgets,
  definitionTextOf,
  excessOf,
  optionalIcons,
  optionalObject,
  optionalString,
  Unacceptable,
  withoutNulls,
} from '../model/definition-members.ts'
import type { ToolDefinition } from '../model/tool.ts'

/** Longest name of a tool, in characters. */
const maxNameLength = 512

export type DefinitionCheck =
  | { readonly ok: true; readonly definition: ToolDefinition; readonly definitionText: string }
  /** `name` is the tool's own name, or its place in the list if it has none. */
  | { readonly ok: false; readonly name: string; readonly reason: string }

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

function toDefinition(raw: JsonObject, name: string): ToolDefinition {
  const title = optionalString(raw, 'title')
  const description = optionalString(raw, 'description')
  const outputSchema = optionalSchema(raw, 'outputSchema')
  const annotations = optionalObject(raw, 'annotations')
  const iconList = optionalIcons(raw)
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
  const tooLarge = excessOf(raw, meter)
  if (tooLarge !== undefined) return { ok: false, name, reason: tooLarge }
  try {
    const definition = toDefinition(raw, name)
    return { ok: true, definition, definitionText: definitionTextOf(definition, meter) }
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
