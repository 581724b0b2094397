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

interface Findings {
  readonly invalid: string[]
  readonly notStrict: string[]
}

function isStringList(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function checkObject(schema: JsonObject, pointer: string, findings: Findings): void {
  const { properties = {}, required = [], additionalProperties } = schema
  if (!isJsonObject(properties)) {
    findings.invalid.push(`${pointer}/properties: expected an object`)
    return
  }
  if (!isStringList(required)) {
    findings.invalid.push(`${pointer}/required: expected a list of names`)
    return
  }
  if (additionalProperties !== false) findings.notStrict.push(`${pointer}/additionalProperties: expected false`)
  const optional = Object.keys(properties).filter((name) => !required.includes(name))
  for (const name of optional)
    findings.notStrict.push(`${pointer}/properties/${pointerToken(name)}: expected it in required`)
}

/** Walks the places where a schema stands; the depth of a definition is limited before it is stored. */
function walk(schema: JsonValue, pointer: string, findings: Findings): void {
  if (typeof schema === 'boolean') return
  if (!isJsonObject(schema)) {
    findings.invalid.push(`${pointer}: expected a schema`)
    return
  }
  for (const keyword of notStrict) if (keyword in schema) findings.notStrict.push(`${pointer}/${keyword}: not taken`)
  if (schema.type === 'object' || schema.properties !== undefined || pointer === '') {
    checkObject(schema, pointer, findings)
  }
  for (const keyword of ['properties', '$defs', 'definitions']) {
    const members = schema[keyword]
    if (!isJsonObject(members)) continue
    for (const [name, child] of Object.entries(members))
      walk(child, `${pointer}/${keyword}/${pointerToken(name)}`, findings)
  }
  const { items } = schema
  if (items !== undefined && !Array.isArray(items)) walk(items, `${pointer}/items`, findings)
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    const members = schema[keyword]
    if (!Array.isArray(members)) continue
    for (const [index, child] of members.entries()) walk(child, `${pointer}/${keyword}/${index}`, findings)
  }
}

/** Whether model APIs take the schema: with strict decoding, without, or not at all. */
export function schemaHealth(inputSchema: JsonObject): ToolSchemaHealth {
  const findings: Findings = { invalid: [], notStrict: [] }
  walk(inputSchema, '', findings)
  if (findings.invalid.length > 0) return { status: 'INVALID', reasons: findings.invalid.slice(0, maxReasons) }
  if (findings.notStrict.length > 0)
    return { status: 'NON_STRICT_ONLY', reasons: findings.notStrict.slice(0, maxReasons) }
  return { status: 'STRICT_COMPLIANT', reasons: [] }
}
