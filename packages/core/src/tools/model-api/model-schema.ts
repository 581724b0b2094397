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

/** Keywords whose `true` and `false` every model API takes; elsewhere, an object says the same. */
const booleanKeywords = new Set(['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'])

/** Whether a core keyword leads out of the schema or names its dialect. `$ref` is handled separately. */
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
 * An input schema as every model API takes it: JSON Schema 2020-12 with a plain object at the root. It has no `$ref` that
 * leads elsewhere, or in a circle without a step into the value. Malformed parts are dropped. A schema of this form stays as
 * it is, except for `$schema`; `schemaHealth` has the reasons for other changes.
 */
export function toModelSchema(inputSchema: JsonObject): JsonObject {
  const schema = toRootObject(wellFormed(inputSchema))
  const leadsToCircle = createLeadsToCircle(schema, 'IN_PLACE')
  return mapRefs(schema, (ref) => {
    const target = resolveRef(schema, ref)
    return target && !leadsToCircle(target) ? ref : undefined
  })
}
