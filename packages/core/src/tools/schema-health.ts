import { isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../json.ts'
import type { ToolSchemaHealth } from './tool.ts'

const maxReasons = 10

/** Keywords that OpenAI's strict mode ("structured outputs") does not take. */
const notStrict = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
]

/** Where a schema stands: written as a JSON Pointer only when something is found there. */
interface Place {
  readonly parent: Place | undefined
  readonly tokens: readonly string[]
}

const root: Place = { parent: undefined, tokens: [] }

function pointerOf({ parent, tokens }: Place): string {
  return (parent ? pointerOf(parent) : '') + tokens.map((token) => `/${pointerToken(token)}`).join('')
}

interface Findings {
  readonly invalid: string[]
  readonly notStrict: string[]
}

function report(found: string[], parent: Place, tokens: readonly string[], problem: string): void {
  if (found.length < maxReasons) found.push(`${pointerOf({ parent, tokens })}: ${problem}`)
}

function isStringList(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function checkObject(schema: JsonObject, place: Place, { invalid, notStrict: loose }: Findings): void {
  const { properties = {}, required = [], additionalProperties } = schema
  if (!isJsonObject(properties)) {
    report(invalid, place, ['properties'], 'expected an object')
    return
  }
  if (!isStringList(required)) {
    report(invalid, place, ['required'], 'expected a list of names')
    return
  }
  if (additionalProperties !== false) report(loose, place, ['additionalProperties'], 'expected false')
  for (const name of Object.keys(properties)) {
    if (!required.includes(name)) report(loose, place, ['properties', name], 'expected it in required')
  }
}

/** Walks the places where a schema stands; the depth of a definition is limited before it is stored. */
function walk(schema: JsonValue, place: Place, findings: Findings): void {
  if (typeof schema === 'boolean') return
  if (!isJsonObject(schema)) {
    report(findings.invalid, place, [], 'expected a schema')
    return
  }
  for (const keyword of notStrict) if (keyword in schema) report(findings.notStrict, place, [keyword], 'not taken')
  if (schema.type === 'object' || schema.properties !== undefined || place === root) {
    checkObject(schema, place, findings)
  }
  for (const keyword of ['properties', '$defs', 'definitions']) {
    const members = schema[keyword]
    if (!isJsonObject(members)) continue
    for (const [name, child] of Object.entries(members)) {
      walk(child, { parent: place, tokens: [keyword, name] }, findings)
    }
  }
  const { items } = schema
  if (items !== undefined && !Array.isArray(items)) walk(items, { parent: place, tokens: ['items'] }, findings)
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    const members = schema[keyword]
    if (!Array.isArray(members)) continue
    for (const [index, child] of members.entries()) {
      walk(child, { parent: place, tokens: [keyword, String(index)] }, findings)
    }
  }
}

/** Whether model APIs take the schema: with strict decoding, without, or not at all. */
export function schemaHealth(inputSchema: JsonObject): ToolSchemaHealth {
  const findings: Findings = { invalid: [], notStrict: [] }
  walk(inputSchema, root, findings)
  if (findings.invalid.length > 0) return { status: 'INVALID', reasons: findings.invalid }
  if (findings.notStrict.length > 0) return { status: 'NON_STRICT_ONLY', reasons: findings.notStrict }
  return { status: 'STRICT_COMPLIANT', reasons: [] }
}
