import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { isStringList, resolveRef } from '../../json-schema/schema-keywords.ts'
import { createLeadsToCircle, mapRefs, mapSchemas } from './map-refs.ts'

// What Gemini documents for JSON Schema (GenerationConfig.responseJsonSchema, FunctionDeclaration.parametersJsonSchema).
const plainKeywords = ['type', 'title', 'minItems', 'maxItems', 'minimum', 'maximum']
const formats = new Set<JsonValue>(['date-time', 'date', 'time', 'enum', 'float', 'double', 'int32', 'int64'])

/** Keywords that Gemini has no place for and a model can use: they are told in the description. */
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

/** `$ref` has nothing beside it, so one in `allOf` counts only where nothing else does. */
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

/** One schema in the keywords that Gemini documents; it says no more than `value` does. */
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
    // What a pattern allows, `additionalProperties` alone would refuse.
    ...(additionalProperties === undefined || patternProperties !== undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : reduced(additionalProperties),
        }),
    // Gemini reads `oneOf` as `anyOf`; of schemas that say less, more than one may fit.
    ...(isList(oneOf) ? { anyOf: oneOf.map(reduced) } : {}),
    ...(isList(anyOf) ? { anyOf: anyOf.map(reduced) } : {}),
  }
  const told = isOneValue ? { ...kept, const: only } : kept
  const own = { ...kept, ...describe(value, told) }
  return isList(allOf) ? merged(own, allOf.map(reduced)) : own
}

/** A prefix that keeps `names` apart from those that are taken. */
function freePrefix(names: readonly string[], taken: JsonObject): string {
  const plain = ['', '_'].find((prefix) => names.every((name) => !Object.hasOwn(taken, prefix + name)))
  if (plain !== undefined) return plain
  const used = new Set(Object.keys(taken).map((name) => /^_(\d+)_/.exec(name)?.[1]))
  let number = 1
  while (used.has(String(number))) number += 1
  return `_${number}_`
}

/** `definitions` is not among the keywords: what stands there moves to `$defs`, and what refers to it is led there. */
function inDefs(schema: JsonObject): JsonObject {
  const { definitions, $defs, ...rest } = schema
  if (!isJsonObject(definitions))
    return isJsonObject($defs) ? { ...reduced(rest), $defs: mapValues($defs) } : reduced(rest)
  const defs = isJsonObject($defs) ? $defs : {}
  const prefix = freePrefix(Object.keys(definitions), defs)
  const moved = Object.fromEntries(Object.entries(definitions).map(([name, each]) => [prefix + name, each]))
  const from = '#/definitions/'
  const to = `#/$defs/${prefix}`
  const led = mapRefs({ ...rest, $defs: { ...defs, ...moved } }, (ref) =>
    ref.startsWith(from) ? to + ref.slice(from.length) : ref,
  )
  return { ...reduced(led), $defs: mapValues(led.$defs) }
}

/** Gemini takes circles in properties that are not required alone. */
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
 * The schema in the keywords that Gemini documents for JSON Schema. It takes all that `schema` takes; what it cannot say
 * of a value is told in that value's description, and `not`, `if` and their kind are left out.
 */
export function toGeminiSchema(schema: JsonObject): JsonObject {
  const parameters = inDefs(schema)
  return withoutRequiredCircles(mapRefs(parameters, (ref) => (resolveRef(parameters, ref) ? ref : undefined)))
}
