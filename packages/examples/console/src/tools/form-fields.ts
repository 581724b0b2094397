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
