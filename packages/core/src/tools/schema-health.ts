import { isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../base/json.ts'
import {
  inCurrentDraft,
  isStringList,
  misfit,
  resolveRef,
  schemaKeywords,
  schemaListKeywords,
  schemaMapKeywords,
} from '../json-schema/schema-keywords.ts'
import type { ToolSchemaHealth } from '../model/tool.ts'

/** Number of reasons of each kind that are reported. */
const maxReasons = 10

// Keywords that OpenAI's strict mode ("structured outputs") takes, by its documentation of supported schemas.
const strictKeywords = new Set([
  '$schema',
  '$defs',
  'definitions',
  '$ref',
  'type',
  'title',
  'description',
  'enum',
  'const',
  'anyOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'pattern',
  'format',
  'multipleOf',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
])
const strictFormats = new Set<JsonValue>([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
])
const strictDepth = 10
const strictLimits = { properties: 5_000, enumValues: 1_000, characters: 120_000 }
const longEnum = { values: 250, characters: 15_000 }
const lookAround = /\(\?(?:[=!]|<[=!])/

/** The place of a schema: written as a JSON Pointer only once there is something to report. */
interface Place {
  readonly parent: Place | undefined
  readonly tokens: readonly string[]
  /** Number of objects and arrays around it. */
  readonly depth: number
}

const root: Place = { parent: undefined, tokens: [], depth: 0 }

function pointerOf({ parent, tokens }: Place): string {
  return (parent ? pointerOf(parent) : '') + tokens.map((token) => `/${pointerToken(token)}`).join('')
}

interface Findings {
  readonly document: JsonObject
  readonly invalid: string[]
  readonly notStrict: string[]
  /** The sums that strict mode limits. */
  readonly sums: Record<keyof typeof strictLimits, number>
}

function report(found: string[], place: Place, tokens: readonly string[], problem: string): void {
  if (found.length < maxReasons) found.push(`${pointerOf({ ...place, parent: place, tokens })}: ${problem}`)
}

function hasType({ type }: JsonObject, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name))
}

function checkObject(schema: JsonObject, place: Place, { invalid, notStrict, sums }: Findings): void {
  const { properties = {}, required = [], additionalProperties } = schema
  if (!isJsonObject(properties) || !isStringList(required)) return
  if (additionalProperties !== false) report(notStrict, place, ['additionalProperties'], 'expected false')
  const names = Object.keys(properties)
  const asked = new Set(required)
  for (const name of names) {
    if (!asked.has(name)) report(notStrict, place, ['properties', name], 'expected it in required')
  }
  if (asked.size < required.length) report(invalid, place, ['required'], 'expected each name once')
  sums.properties += names.length
  sums.characters += names.reduce((sum, { length }) => sum + length, 0)
}

function checkValues(values: readonly JsonValue[], keyword: string, place: Place, { notStrict, sums }: Findings): void {
  const texts = values.filter((value) => typeof value === 'string')
  const characters = texts.reduce((sum, { length }) => sum + length, 0)
  if (texts.length > longEnum.values && characters > longEnum.characters) {
    const limit = `expected at most ${longEnum.characters} characters of more than ${longEnum.values} values`
    report(notStrict, place, [keyword], limit)
  }
  if (values.length === 0) report(notStrict, place, [keyword], 'expected values')
  sums.enumValues += values.length
  sums.characters += characters
}

/** Reports keywords and values of this place that strict mode does not take. */
function checkStrict(schema: JsonObject, place: Place, findings: Findings): void {
  const { notStrict, document, sums } = findings
  for (const keyword of Object.keys(schema)) {
    if (!strictKeywords.has(keyword)) report(notStrict, place, [keyword], 'not taken')
  }
  const { type, anyOf, $ref, format, pattern, items, enum: values, const: value, $defs, definitions } = schema
  if (place === root) {
    if (anyOf !== undefined) report(notStrict, place, ['anyOf'], 'not taken at the root')
    for (const keyword of ['enum', 'const', '$ref']) {
      if (schema[keyword] !== undefined) report(notStrict, place, [keyword], 'not taken at the root')
    }
  }
  if (typeof $ref === 'string') {
    if (!resolveRef(document, $ref)) report(notStrict, place, ['$ref'], 'leads to no schema of this one')
    if (Object.keys(schema).length > 1) report(notStrict, place, ['$ref'], 'expected nothing beside it')
  } else if (type === undefined && anyOf === undefined) {
    report(notStrict, place, ['type'], 'expected a type')
  }
  if (format !== undefined && !strictFormats.has(format)) report(notStrict, place, ['format'], 'not taken')
  if (typeof pattern === 'string' && lookAround.test(pattern)) {
    report(notStrict, place, ['pattern'], 'look-around is not taken')
  }
  if (hasType(schema, 'array') && items === undefined) report(notStrict, place, ['items'], 'expected a schema')
  if (place.depth === strictDepth + 1) report(notStrict, place, [], `nested more than ${strictDepth} deep`)
  if (Array.isArray(values)) checkValues(values, 'enum', place, findings)
  if (typeof value === 'string') sums.characters += value.length
  for (const members of [$defs, definitions]) {
    if (isJsonObject(members)) sums.characters += Object.keys(members).reduce((sum, { length }) => sum + length, 0)
  }
}

/** Walks every place that holds a schema; the depth of a definition is limited before it is stored. */
function walk(given: JsonValue, place: Place, findings: Findings): void {
  if (typeof given === 'boolean') {
    report(findings.notStrict, place, [], 'expected an object')
    return
  }
  if (!isJsonObject(given)) {
    report(findings.invalid, place, [], 'expected a schema')
    return
  }
  const schema = inCurrentDraft(given)
  for (const [keyword, value] of Object.entries(schema)) {
    const expected = misfit(keyword, value)
    if (expected !== undefined) report(findings.invalid, place, [keyword], `expected ${expected}`)
  }
  checkStrict(schema, place, findings)
  if (hasType(schema, 'object') || schema.properties !== undefined || place === root) {
    checkObject(schema, place, findings)
  }
  for (const [keyword, value] of Object.entries(schema)) {
    const deeper = keyword === 'properties' || keyword === 'items' ? place.depth + 1 : place.depth
    const below = (...tokens: string[]): Place => ({ parent: place, tokens: [keyword, ...tokens], depth: deeper })
    if (schemaKeywords.has(keyword)) {
      if (isJsonObject(value) || keyword === 'items') walk(value, below(), findings)
    } else if (schemaListKeywords.has(keyword) && Array.isArray(value)) {
      for (const [index, child] of value.entries()) walk(child, below(String(index)), findings)
    } else if (schemaMapKeywords.has(keyword) && isJsonObject(value)) {
      for (const [name, child] of Object.entries(value)) walk(child, below(name), findings)
    }
  }
}

/**
 * Tells whether model APIs take the schema with strict decoding, without it, or not at all. The reasons are the first ten
 * violations of JSON Schema 2020-12, or of the strict mode if there are none.
 */
export function schemaHealth(inputSchema: JsonObject): ToolSchemaHealth {
  const sums = { properties: 0, enumValues: 0, characters: 0 }
  const findings: Findings = { document: inputSchema, invalid: [], notStrict: [], sums }
  walk(inputSchema, root, findings)
  for (const name of ['properties', 'enumValues', 'characters'] as const) {
    if (sums[name] > strictLimits[name]) {
      report(findings.notStrict, root, [], `expected at most ${strictLimits[name]} ${name}, got ${sums[name]}`)
    }
  }
  if (findings.invalid.length > 0) return { status: 'INVALID', reasons: findings.invalid }
  if (findings.notStrict.length > 0) return { status: 'NON_STRICT_ONLY', reasons: findings.notStrict }
  return { status: 'STRICT_COMPLIANT', reasons: [] }
}
