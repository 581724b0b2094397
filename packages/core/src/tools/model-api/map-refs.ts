import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts'
import { resolveRef, schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../schema-keywords.ts'

/** A copy in which each schema, after those within it, is what `map` makes of it. */
export function mapSchemas(schema: JsonObject, map: (schema: JsonObject) => JsonObject): JsonObject {
  const below = (value: JsonValue) => (isJsonObject(value) ? mapSchemas(value, map) : value)
  return map(
    Object.fromEntries(
      Object.entries(schema).map(([keyword, value]): [string, JsonValue] => {
        if (schemaKeywords.has(keyword)) return [keyword, below(value)]
        if (schemaListKeywords.has(keyword) && Array.isArray(value)) return [keyword, value.map(below)]
        if (schemaMapKeywords.has(keyword) && isJsonObject(value)) {
          return [keyword, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, below(each)]))]
        }
        return [keyword, value]
      }),
    ),
  )
}

/** A copy with each `$ref` as `map` says, and without it where that is undefined; what stands beside it stays. */
export function mapRefs(schema: JsonObject, map: (ref: string) => string | undefined): JsonObject {
  return mapSchemas(schema, (each) => {
    const { $ref, ...rest } = each
    if (typeof $ref !== 'string') return each
    const ref = map($ref)
    return ref === undefined ? rest : { ...each, $ref: ref }
  })
}

/** The texts of all `$ref` in a schema. */
export function refsOf(schema: JsonValue): readonly string[] {
  if (!isJsonObject(schema)) return []
  const found = new Set<string>()
  mapSchemas(schema, (each) => {
    if (typeof each.$ref === 'string') found.add(each.$ref)
    return each
  })
  return [...found]
}

const inPlaceKeywords = new Set(['not', 'if', 'then', 'else', 'anyOf', 'oneOf', 'allOf', 'dependentSchemas'])

/** As `refsOf`, of those that speak of the very value that the schema speaks of. */
export function refsInPlace(schema: JsonValue): readonly string[] {
  if (!isJsonObject(schema)) return []
  return Object.entries(schema).flatMap(([keyword, value]): readonly string[] => {
    if (keyword === '$ref') return typeof value === 'string' ? [value] : []
    if (!inPlaceKeywords.has(keyword)) return []
    if (schemaKeywords.has(keyword)) return refsInPlace(value)
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(refsInPlace) : []
  })
}

/** Whether following refs from a `$ref` comes to a circle. `refs` tells which of a schema are followed. */
export function createLeadsToCircle(
  document: JsonObject,
  refs: (schema: JsonValue) => readonly string[],
): (ref: string) => boolean {
  const known = new Map<string, boolean>()

  function leadsToCircle(ref: string): boolean {
    const earlier = known.get(ref)
    if (earlier !== undefined) return earlier
    // Met again before it is done: a circle.
    known.set(ref, true)
    const target = resolveRef(document, ref)
    const found = target !== undefined && refs(target).some(leadsToCircle)
    known.set(ref, found)
    return found
  }

  return leadsToCircle
}
