import type { Schema } from './schema.ts'

const fieldBearing = ['properties', 'oneOf', 'anyOf', 'allOf', '$ref', 'additionalProperties', 'patternProperties']

/** Whether a schema of an object asks for any member. */
export function hasFields(schema: Schema): boolean {
  return fieldBearing.some((name) => {
    const value = schema[name]
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0
  })
}
