import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { resolveRef, schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../../json-schema/schema-keywords.ts'

/** The list with what `map` makes of its items: the same list if that changes none. */
function mapList(values: readonly JsonValue[], map: (value: JsonValue) => JsonValue): readonly JsonValue[] {
  const mapped = values.map(map)
  return mapped.some((value, index) => value !== values[index]) ? mapped : values
}

/** The object with what `map` makes of its members: the same object if that changes none, as copies of large ones are slow. */
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

/** What `map` makes of each schema, after those within it. What it does not change is not copied. */
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

/** The schema with each `$ref` as `map` says, and without it where that is undefined; what stands beside it stays. */
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

/** Keywords whose schemas speak of the very value that the schema speaks of. */
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

/** Which schemas are followed from a schema: those that speak of the same value, or all that stand in it. */
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

/** Whether a schema of the document, with what its refs lead to, comes to a circle. Each schema is looked at once. */
export function createLeadsToCircle(document: JsonObject, followed: Followed): (schema: JsonObject) => boolean {
  /** True while it is looked at, too: met again before that is done, it is part of a circle. */
  const known = new Map<JsonObject, boolean>()

  function* next(schema: JsonObject): Generator<JsonObject> {
    const target = typeof schema.$ref === 'string' ? resolveRef(document, schema.$ref) : undefined
    if (target) yield target
    yield* schemasIn(schema, followed)
  }

  // Refs may lead on thousands of times: no recursion.
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
      // All on the path lead there.
      if (found === true) return true
      if (found === false) continue
      known.set(value, true)
      path.push({ schema: value, rest: next(value) })
    }
    return false
  }
}
