import { isRecord, isSame, listOf, type Schema, schemaOf, stringsOf } from './schema.ts'

export type TypeName = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export function typeOfValue(value: unknown): TypeName | undefined {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'object' || type === 'string' || type === 'number' || type === 'boolean' ? type : undefined
}

/** The types that a schema names; none if it allows all. */
export function typesOf({ type }: Schema): readonly string[] {
  return typeof type === 'string' ? [type] : stringsOf(type)
}

function isOfType(schema: Schema, value: unknown): boolean {
  const types = typesOf(schema)
  const type = typeOfValue(value)
  if (types.length === 0 || type === undefined) return true
  return types.includes(type) || (types.includes('integer') && Number.isInteger(value))
}

/**
 * Whether a value fits what a schema says of the value itself: type, `const`, `enum`, and those of its members, one level
 * deep. Takes as many steps as the schema has members, so a foreign schema cannot hold the page.
 */
export function matches(schema: Schema, root: Schema, value: unknown, isMember = false): boolean {
  if (!isOfType(schema, value)) return false
  if ('const' in schema && !isSame(schema.const, value)) return false
  if (Array.isArray(schema.enum) && !listOf(schema.enum).some((each) => isSame(each, value))) return false
  if (!isRecord(value) || isMember) return true
  if (!stringsOf(schema.required).every((name) => Object.hasOwn(value, name))) return false
  return Object.entries(schemaOf(schema.properties)).every(
    ([name, member]) => !Object.hasOwn(value, name) || matches(schemaOf(member), root, value[name], true),
  )
}
