import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'

// The keywords of JSON Schema 2020-12, by the kind of their value. https://json-schema.org/draft/2020-12/schema

/** Keywords whose value is a schema. */
export const schemaKeywords: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
])

/** Keywords whose value is a list of at least one schema. */
export const schemaListKeywords: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])

/** Keywords whose value is an object of schemas by name. */
export const schemaMapKeywords: ReadonlySet<string> = new Set([
  'properties',
  '$defs',
  'definitions',
  'patternProperties',
  'dependentSchemas',
])

interface Shape {
  readonly expected: string
  readonly fits: (value: JsonValue) => boolean
}

const types = new Set<JsonValue>(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

export function isStringList(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

const aSchema: Shape = { expected: 'a schema', fits: (value) => typeof value === 'boolean' || isJsonObject(value) }
const schemas: Shape = { expected: 'a list of schemas', fits: (value) => Array.isArray(value) && value.length > 0 }
const anObject: Shape = { expected: 'an object', fits: isJsonObject }
const text: Shape = { expected: 'a string', fits: (value) => typeof value === 'string' }
const number: Shape = { expected: 'a number', fits: (value) => typeof value === 'number' }
const count: Shape = {
  expected: 'a whole number',
  fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
}
const flag: Shape = { expected: 'true or false', fits: (value) => typeof value === 'boolean' }
const list: Shape = { expected: 'a list', fits: Array.isArray }

const shapes: ReadonlyMap<string, Shape> = new Map([
  ...[...schemaKeywords].map((name) => [name, aSchema] as const),
  ...[...schemaListKeywords].map((name) => [name, schemas] as const),
  ...[...schemaMapKeywords].map((name) => [name, anObject] as const),
  ...['title', 'description', '$ref', '$comment', 'format', 'pattern', 'contentEncoding', 'contentMediaType'].map(
    (name) => [name, text] as const,
  ),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((name) => [name, number] as const),
  ...[
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'minContains',
    'maxContains',
  ].map((name) => [name, count] as const),
  ...['uniqueItems', 'deprecated', 'readOnly', 'writeOnly'].map((name) => [name, flag] as const),
  ...['enum', 'examples'].map((name) => [name, list] as const),
  ['multipleOf', { expected: 'a number above 0', fits: (value) => typeof value === 'number' && value > 0 }],
  ['required', { expected: 'a list of names', fits: isStringList }],
  [
    'dependentRequired',
    { expected: 'lists of names', fits: (value) => isJsonObject(value) && Object.values(value).every(isStringList) },
  ],
  [
    'type',
    {
      expected: 'a type, or a list of them',
      fits: (value) =>
        types.has(value) ||
        (Array.isArray(value) &&
          value.length > 0 &&
          value.every((each) => types.has(each)) &&
          new Set(value).size === value.length),
    },
  ],
])

/** The kind of value that the keyword expects; undefined if `value` fits, or the keyword is unknown. */
export function misfit(keyword: string, value: JsonValue): string | undefined {
  const shape = shapes.get(keyword)
  return shape && !shape.fits(value) ? shape.expected : undefined
}

/** Rewrites the keywords of one place from earlier drafts to 2020-12. Deeper schemas stay. */
export function inCurrentDraft(schema: JsonObject): JsonObject {
  const { items, additionalItems, dependencies, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema
  const isOld =
    Array.isArray(items) ||
    dependencies !== undefined ||
    typeof exclusiveMinimum === 'boolean' ||
    typeof exclusiveMaximum === 'boolean'
  if (!isOld) return schema
  // Own members only, even `__proto__`.
  const current = new Map(Object.entries(schema))
  if (Array.isArray(items)) {
    current.delete('items')
    current.delete('additionalItems')
    if (items.length > 0) current.set('prefixItems', items)
    if (additionalItems !== undefined) current.set('items', additionalItems)
  }
  current.delete('dependencies')
  if (isJsonObject(dependencies)) {
    const entries = Object.entries(dependencies)
    const names = entries.filter(([, value]) => Array.isArray(value))
    const schemas = entries.filter(([, value]) => !Array.isArray(value))
    if (names.length > 0) current.set('dependentRequired', Object.fromEntries(names))
    if (schemas.length > 0) current.set('dependentSchemas', Object.fromEntries(schemas))
  }
  for (const [bound, exclusive, isExclusive] of [
    ['minimum', 'exclusiveMinimum', exclusiveMinimum],
    ['maximum', 'exclusiveMaximum', exclusiveMaximum],
  ] as const) {
    if (typeof isExclusive !== 'boolean') continue
    const limit = bound === 'minimum' ? minimum : maximum
    current.delete(exclusive)
    if (!isExclusive || limit === undefined) continue
    current.delete(bound)
    current.set(exclusive, limit)
  }
  return Object.fromEntries(current)
}

/** The target of a reference within the document (RFC 6901, as a URI fragment); undefined if it leads nowhere. */
export function followPointer(root: JsonObject, ref: string): JsonValue | undefined {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined
  let value: JsonValue | undefined = root
  for (const token of ref.split('/').slice(1)) {
    const key = decodeToken(token)
    if (key === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    // A list's index or an object's member: both are own properties.
    value = (value as JsonObject)[key]
  }
  return value
}

/** The target of a `$ref` within the document; undefined unless it is a schema with keywords. */
export function resolveRef(root: JsonObject, ref: string): JsonObject | undefined {
  const value = followPointer(root, ref)
  return isJsonObject(value) ? value : undefined
}

function decodeToken(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    // An invalid URI fragment leads nowhere.
    return undefined
  }
}
