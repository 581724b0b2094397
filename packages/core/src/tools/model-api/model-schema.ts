import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import {
  inCurrentDraft,
  isStringList,
  misfit,
  resolveRef,
  schemaKeywords,
  schemaListKeywords,
  schemaMapKeywords,
} from '../../json-schema/schema-keywords.ts'
import { createLeadsToCircle, mapRefs } from './map-refs.ts'
import { toRootObject } from './root-schema.ts'

/** Keywords that take `true` and `false` with every model API; elsewhere an object says the same. */
const booleanKeywords = new Set(['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'])

/** Keywords of JSON Schema's core that lead out of the schema, or say in which dialect it is. `$ref` is looked at by itself. */
function isCoreKeyword(keyword: string): boolean {
  return keyword.startsWith('$') && keyword !== '$ref' && keyword !== '$defs' && keyword !== '$comment'
}

function mapValues(object: JsonObject, map: (value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

function wellFormed(schema: JsonValue): JsonObject {
  if (schema === false) return { not: {} }
  if (!isJsonObject(schema)) return {}
  const entries = Object.entries(inCurrentDraft(schema)).flatMap(([keyword, value]): [string, JsonValue][] => {
    if (isCoreKeyword(keyword) || misfit(keyword, value) !== undefined) return []
    if (keyword === 'required' && isStringList(value)) return [[keyword, [...new Set(value)]]]
    if (schemaKeywords.has(keyword)) {
      const isBoolean = typeof value === 'boolean' && booleanKeywords.has(keyword)
      return [[keyword, isBoolean ? value : wellFormed(value)]]
    }
    if (schemaListKeywords.has(keyword) && Array.isArray(value)) return [[keyword, value.map(wellFormed)]]
    if (schemaMapKeywords.has(keyword) && isJsonObject(value)) return [[keyword, mapValues(value, wellFormed)]]
    if (keyword === 'dependentRequired' && isJsonObject(value)) {
      return [[keyword, mapValues(value, (names) => (isStringList(names) ? [...new Set(names)] : []))]]
    }
    return [[keyword, value]]
  })
  const formed: JsonObject = Object.fromEntries(entries)
  const { type } = formed
  const isArray = type === 'array' || (Array.isArray(type) && type.includes('array'))
  return isArray && formed.items === undefined ? { ...formed, items: {} } : formed
}

/**
 * An input schema as every model API takes it: JSON Schema 2020-12, with an object at the root that is put together from
 * nothing, and no `$ref` that leads elsewhere, or round and round without a step into the value. What is no schema is left out. It is the same schema where it was so
 * before, but for `$schema`; `schemaHealth` has the reasons for all else.
 */
export function toModelSchema(inputSchema: JsonObject): JsonObject {
  const schema = toRootObject(wellFormed(inputSchema))
  const leadsToCircle = createLeadsToCircle(schema, 'IN_PLACE')
  return mapRefs(schema, (ref) => {
    const target = resolveRef(schema, ref)
    return target && !leadsToCircle(target) ? ref : undefined
  })
}
