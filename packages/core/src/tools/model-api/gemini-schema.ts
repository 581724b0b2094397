import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { isStringList, resolveRef } from '../../json-schema/schema-keywords.ts'
import { createLeadsToCircle, mapRefs, mapSchemas } from './map-refs.ts'

// Keywords that Gemini documents for JSON Schema (GenerationConfig.responseJsonSchema, FunctionDeclaration.parametersJsonSchema).
const plainKeywords = ['type', 'title', 'minItems', 'maxItems', 'minimum', 'maximum']
const formats = new Set<JsonValue>(['date-time', 'date', 'time', 'enum', 'float', 'double', 'int32', 'int64'])

/** Keywords that Gemini does not take and a model can use: they move to the description. */
const toldKeywords = [
  'const',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'default',
]
/** Characters of keywords in a description. */
const maxTold = 1_000

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isPlainEnum(values: JsonValue | undefined): values is readonly (string | number)[] {
  return isList(values) && values.length > 0 && values.every((each) => ['string', 'number'].includes(typeof each))
}

function pick(schema: JsonObject, keywords: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keywords.includes(keyword)))
}

function describe(schema: JsonObject, kept: JsonObject): JsonObject {
  const told = toldKeywords.filter((keyword) => keyword in schema && !(keyword in kept))
  const text = told.length > 0 ? JSON.stringify(pick(schema, told)) : ''
  const { description } = schema
  const lines = [
    ...(typeof description === 'string' ? [description] : []),
    ...(text !== '' && text.length <= maxTold ? [text] : []),
  ]
  return lines.length > 0 ? { description: lines.join('\n') } : {}
}

function mapValues(object: JsonValue | undefined): JsonObject {
  if (!isJsonObject(object)) return {}
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, reduced(value)]))
}

/** Merges `allOf`. A `$ref` must stand alone, so one in `allOf` counts only if nothing else constrains the value. */
function merged(own: JsonObject, members: readonly JsonObject[]): JsonObject {
  const parts = members.filter((member) => !('$ref' in member))
  const [ref] = members.filter((member) => '$ref' in member)
  const constrains = (part: JsonObject) => Object.keys(part).some((key) => !['title', 'description'].includes(key))
  if (ref && ![own, ...parts].some(constrains)) return ref
  const sum = new Map(Object.entries(own))
  const properties = new Map<string, JsonValue>()
  const required = new Set<string>()
  for (const part of [own, ...parts]) {
    const takesItems = !sum.has('items') && !sum.has('prefixItems')
    for (const [keyword, value] of Object.entries(part)) {
      const isOfItems = keyword === 'items' || keyword === 'prefixItems'
      if (!sum.has(keyword) && (!isOfItems || takesItems)) sum.set(keyword, value)
    }
    if (isStringList(part.required)) for (const name of part.required) required.add(name)
    if (!isJsonObject(part.properties)) continue
    for (const [name, schema] of Object.entries(part.properties)) {
      if (!properties.has(name)) properties.set(name, schema)
    }
  }
  if (properties.size > 0) sum.set('properties', Object.fromEntries(properties))
  if (required.size > 0) sum.set('required', [...required])
  return Object.fromEntries(sum)
}

/** One schema in the keywords that Gemini documents; it takes everything that `value` takes. */
function reduced(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) return {}
  const { $ref, enum: values, format, items, prefixItems, properties, required, anyOf, oneOf, allOf } = value
  if (typeof $ref === 'string') return { $ref }
  const { const: only, patternProperties, additionalProperties } = value
  const isOneValue = typeof only === 'string' || typeof only === 'number'
  const kept: JsonObject = {
    ...pick(value, plainKeywords),
    ...(isOneValue ? { enum: [only] } : isPlainEnum(values) ? { enum: values } : {}),
    ...(format !== undefined && formats.has(format) ? { format } : {}),
    ...(isJsonObject(items) ? { items: reduced(items) } : {}),
    ...(isList(prefixItems) ? { prefixItems: prefixItems.map(reduced) } : {}),
    ...(isJsonObject(properties) ? { properties: mapValues(properties) } : {}),
    ...(isStringList(required) ? { required } : {}),
    // Without the patterns, `additionalProperties` would refuse what they allow.
    ...(additionalProperties === undefined || patternProperties !== undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : reduced(additionalProperties),
        }),
    // Gemini reads `oneOf` as `anyOf`; of reduced schemas, more than one may fit.
    ...(isList(oneOf) ? { anyOf: oneOf.map(reduced) } : {}),
    ...(isList(anyOf) ? { anyOf: anyOf.map(reduced) } : {}),
  }
  const told = isOneValue ? { ...kept, const: only } : kept
  const own = { ...kept, ...describe(value, told) }
  return isList(allOf) ? merged(own, allOf.map(reduced)) : own
}

/** A prefix that keeps `names` distinct from those in `taken`. */
function freePrefix(names: readonly string[], taken: JsonObject): string {
  const plain = ['', '_'].find((prefix) => names.every((name) => !Object.hasOwn(taken, prefix + name)))
  if (plain !== undefined) return plain
  const used = new Set(Object.keys(taken).map((name) => /^_(\d+)_/.exec(name)?.[1]))
  let number = 1
  while (used.has(String(number))) number += 1
  return `_${number}_`
}

/** Moves `definitions`, which Gemini does not take, to `$defs`, with the references to it. */
function inDefs(schema: JsonObject): JsonObject {
  const { definitions, $defs, ...rest } = schema
  if (!isJsonObject(definitions))
    return isJsonObject($defs) ? { ...reduced(rest), $defs: mapValues($defs) } : reduced(rest)
  const defs = isJsonObject($defs) ? $defs : {}
  const prefix = freePrefix(Object.keys(definitions), defs)
  const moved = Object.fromEntries(Object.entries(definitions).map(([name, each]) => [prefix + name, each]))
  const from = '#/definitions/'
  const to = `#/$defs/${prefix}`
  const moving = mapRefs({ ...rest, $defs: { ...defs, ...moved } }, (ref) =>
    ref.startsWith(from) ? to + ref.slice(from.length) : ref,
  )
  return { ...reduced(moving), $defs: mapValues(moving.$defs) }
}

/** Makes properties with circular schemas optional: Gemini takes circles only there. */
function withoutRequiredCircles(schema: JsonObject): JsonObject {
  const leadsToCircle = createLeadsToCircle(schema, 'ALL')
  const isEndless = (value: JsonValue) => isJsonObject(value) && leadsToCircle(value)
  return mapSchemas(schema, (each) => {
    const { required, properties } = each
    if (!isStringList(required) || !isJsonObject(properties)) return each
    const names = required.filter((name) => !Object.hasOwn(properties, name) || !isEndless(properties[name] ?? {}))
    if (names.length === required.length) return each
    const { required: _, ...rest } = each
    return names.length > 0 ? { ...rest, required: names } : rest
  })
}

/**
 * The schema in the keywords that Gemini documents for JSON Schema. It takes everything that `schema` takes. Keywords that
 * Gemini does not take move to the description of their value; `not`, `if` and the like are dropped.
 */
export function toGeminiSchema(schema: JsonObject): JsonObject {
  const parameters = inDefs(schema)
  return withoutRequiredCircles(mapRefs(parameters, (ref) => (resolveRef(parameters, ref) ? ref : undefined)))
}
