import { pointerSegments } from './args-errors.ts'
import type { Args } from './use-args.ts'

/** What says of a schema what a field of it looks like. */
const shaping = ['type', 'enum', 'const', '$ref', 'oneOf', 'anyOf', 'allOf', 'properties', 'items']
const fieldBearing = ['properties', 'oneOf', 'anyOf', 'allOf', '$ref', 'additionalProperties', 'patternProperties']

const isRecord = (value: unknown): value is Args => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a tool with this input schema takes anything. */
export function hasFields(schema: Args): boolean {
  return fieldBearing.some((name) => {
    const value = schema[name]
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0
  })
}

/** The properties that a form leaves out, as their schemas take anything. */
export function fieldsNotShown({ properties }: Args): readonly string[] {
  if (!isRecord(properties)) return []
  return Object.entries(properties).flatMap(([name, schema]) =>
    isRecord(schema) && shaping.some((keyword) => keyword in schema) ? [] : [name],
  )
}

/** Schemas that a form may come by: beyond it, it is of no use, and takes seconds to appear. */
const maxSchemas = 1_500
/** As many characters of the whole schema are one more, each time that it is asked which alternative fits. */
const charactersOfSchema = 2_000

const alternatives = ['anyOf', 'oneOf']
const atOnce = ['allOf', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', ...alternatives]
const byName = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies']
/** Those whose fields appear only once there is an item: there a schema may lead back to itself. */
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
 * Whether a form can be made of a schema in good time. A form writes out what `$ref` leads to, each time: a short schema may
 * become a million fields, or lead back to itself without an end. `characters` are those of the whole schema.
 */
export function fitsForm(root: Args, characters: number): boolean {
  let left = maxSchemas
  /** The schemas that are being visited, and after how many steps on demand each was come by. */
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
