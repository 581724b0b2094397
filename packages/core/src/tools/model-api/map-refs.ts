import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { resolveRef, schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../../json-schema/schema-keywords.ts'

/** Maps the items of a list; answers the same list if none changes. */
function mapList(values: readonly JsonValue[], map: (value: JsonValue) => JsonValue): readonly JsonValue[] {
  const mapped = values.map(map)
  return mapped.some((value, index) => value !== values[index]) ? mapped : values
}

/** Maps the members of an object; answers the same object if none changes, as copies of large ones are slow. */
function mapMembers(object: JsonObject, map: (value: JsonValue, name: string) => JsonValue): JsonObject {
  let isChanged = false
  const members = Object.entries(object)
  for (const member of members) {
    const [name, value] = member
    member[1] = map(value, name)
    if (member[1] !== value) isChanged = true
  }
  return isChanged ? Object.fromEntries(members) : object
}

/** Maps each schema, after those within it. Schemas that do not change are not copied. */
export function mapSchemas(schema: JsonObject, map: (schema: JsonObject) => JsonObject): JsonObject {
  const below = (value: JsonValue) => (isJsonObject(value) ? mapSchemas(value, map) : value)
  return map(
    mapMembers(schema, (value, keyword) => {
      if (schemaKeywords.has(keyword)) return below(value)
      if (schemaListKeywords.has(keyword) && Array.isArray(value)) return mapList(value, below)
      return schemaMapKeywords.has(keyword) && isJsonObject(value) ? mapMembers(value, below) : value
    }),
  )
}

/** Maps each `$ref`, and drops it if `map` answers undefined; the keywords beside it stay. */
export function mapRefs(schema: JsonObject, map: (ref: string) => string | undefined): JsonObject {
  return mapSchemas(schema, (each) => {
    const { $ref } = each
    if (typeof $ref !== 'string') return each
    const ref = map($ref)
    if (ref === $ref) return each
    const { $ref: _, ...rest } = each
    return ref === undefined ? rest : { ...each, $ref: ref }
  })
}

/** Keywords whose schemas apply to the same value as the schema around them. */
const inPlaceKeywords: ReadonlySet<string> = new Set([
  'not',
  'if',
  'then',
  'else',
  'anyOf',
  'oneOf',
  'allOf',
  'dependentSchemas',
])
const allKeywords: ReadonlySet<string> = new Set([...schemaKeywords, ...schemaListKeywords, ...schemaMapKeywords])

/** Which schemas are followed from a schema: those that apply to the same value, or all within it. */
export type Followed = 'IN_PLACE' | 'ALL'

function* schemasIn(schema: JsonObject, followed: Followed): Generator<JsonObject> {
  const keywords = followed === 'ALL' ? allKeywords : inPlaceKeywords
  for (const [keyword, value] of Object.entries(schema)) {
    if (!keywords.has(keyword) || typeof value !== 'object' || value === null) continue
    if (schemaKeywords.has(keyword)) {
      if (isJsonObject(value)) yield value
    } else for (const each of Object.values(value)) if (isJsonObject(each)) yield each
  }
}

/** Answers the function that tells whether a schema of the document leads to a circle. It visits each schema once. */
export function createLeadsToCircle(document: JsonObject, followed: Followed): (schema: JsonObject) => boolean {
  /** True for schemas on a circle, and while a schema is visited: meeting it again means a circle. */
  const known = new Map<JsonObject, boolean>()

  function* next(schema: JsonObject): Generator<JsonObject> {
    const target = typeof schema.$ref === 'string' ? resolveRef(document, schema.$ref) : undefined
    if (target) yield target
    yield* schemasIn(schema, followed)
  }

  // Iterative, as refs may form chains of thousands.
  return (schema) => {
    const earlier = known.get(schema)
    if (earlier !== undefined) return earlier
    const path = [{ schema, rest: next(schema) }]
    known.set(schema, true)
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const { value, done } = last.rest.next()
      if (done) {
        known.set(last.schema, false)
        path.pop()
        continue
      }
      const found = known.get(value)
      // Every schema on the path leads to the circle.
      if (found === true) return true
      if (found === false) continue
      known.set(value, true)
      path.push({ schema: value, rest: next(value) })
    }
    return false
  }
}
