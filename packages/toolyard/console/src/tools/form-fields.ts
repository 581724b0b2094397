import { pointerSegments } from './args-errors.ts'
import type { Args } from './use-args.ts'

/** Keywords that determine what a schema's field looks like. */
const shaping = ['type', 'enum', 'const', '$ref', 'oneOf', 'anyOf', 'allOf', 'properties', 'items']
const fieldBearing = ['properties', 'oneOf', 'anyOf', 'allOf', '$ref', 'additionalProperties', 'patternProperties']

const isRecord = (value: unknown): value is Args => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a tool with this input schema takes any args. */
export function hasFields(schema: Args): boolean {
  return fieldBearing.some((name) => {
    const value = schema[name]
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0
  })
}

/** The properties that a form omits, because their schemas accept any value. */
export function fieldsNotShown({ properties }: Args): readonly string[] {
  if (!isRecord(properties)) return []
  return Object.entries(properties).flatMap(([name, schema]) =>
    isRecord(schema) && shaping.some((keyword) => keyword in schema) ? [] : [name],
  )
}

/** Most schemas that a form may visit: a larger form is useless and takes seconds to appear. */
const maxSchemas = 1_500
/** Characters that count as one more schema, each time an alternative is matched. */
const charactersOfSchema = 2_000

const alternatives = ['anyOf', 'oneOf']
const atOnce = ['allOf', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', ...alternatives]
const byName = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies']
/** Keywords whose fields appear only once an item exists, so a schema may refer to itself there. */
const onDemand = ['items', 'prefixItems', 'additionalItems', 'additionalProperties']

function schemasIn(schema: Args, keywords: readonly string[]): readonly Args[] {
  return keywords.flatMap((keyword) => {
    const value = schema[keyword]
    if (Array.isArray(value)) return value.filter(isRecord)
    if (!isRecord(value)) return []
    return byName.includes(keyword) ? Object.values(value).filter(isRecord) : [value]
  })
}

function targetOf(root: Args, { $ref }: Args): readonly Args[] {
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) return []
  let value: unknown = root
  for (const segment of pointerSegments($ref)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return []
    value = Reflect.get(value, segment)
  }
  return isRecord(value) ? [value] : []
}

/**
 * Whether a form can be built from a schema in reasonable time. A form expands every `$ref`: a short schema may become a
 * million fields, or recurse without end. `characters` is the length of the whole schema.
 */
export function fitsForm(root: Args, characters: number): boolean {
  let left = maxSchemas
  /** The schemas on the current path, with the number of on-demand steps at which each was reached. */
  const path = new Map<Args, number>()

  function visit(schema: Args, steps: number): boolean {
    const earlier = path.get(schema)
    if (earlier !== undefined) return earlier < steps
    left -= 1 + schemasIn(schema, alternatives).length * (characters / charactersOfSchema)
    if (left < 0) return false
    path.set(schema, steps)
    const now = [...targetOf(root, schema), ...schemasIn(schema, [...atOnce, ...byName])]
    const later = schemasIn(schema, onDemand)
    const fits = now.every((each) => visit(each, steps)) && later.every((each) => visit(each, steps + 1))
    path.delete(schema)
    return fits
  }

  return visit(root, 0)
}
