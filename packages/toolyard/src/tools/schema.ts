/** A JSON Schema as a server sent it, unchecked. */
export type Schema = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectsOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Maximum length of a chain of `$ref`, which may be a loop. */
const maxRefs = 32

/** A token of a JSON pointer in a URI fragment (RFC 6901 section 6); undefined if its escapes are malformed. */
function decode(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return undefined
  }
}

function followPointer(root: Schema, pointer: string): Schema | undefined {
  let at: unknown = root
  for (const token of pointer.split('/').slice(1)) {
    const key = decode(token)
    if (key === undefined) return undefined
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = Reflect.get(at, key)
  }
  return isObject(at) ? at : undefined
}

/** Resolves a local `$ref`; one that leads nowhere yields an empty schema. */
export function deref(root: Schema, schema: Schema): Schema {
  let current = schema
  for (let count = 0; count < maxRefs; count++) {
    const { $ref } = current
    if (typeof $ref !== 'string' || !$ref.startsWith('#')) return current
    const target = followPointer(root, $ref.slice(1))
    if (!target) return {}
    current = target
  }
  return {}
}

/** The schema and all schemas that it is composed of, each of which may describe the value. At most 500. */
export function partsOf(root: Schema, schema: Schema): readonly Schema[] {
  const seen = new Set<Schema>()
  const visit = (each: Schema) => {
    const part = deref(root, each)
    if (seen.has(part) || seen.size >= 500) return
    seen.add(part)
    for (const key of ['allOf', 'anyOf', 'oneOf']) objectsOf(part[key]).forEach(visit)
  }
  visit(schema)
  return [...seen]
}

/** The parts of a schema that apply whichever alternative is chosen. */
export function certainParts(root: Schema, schema: Schema): readonly Schema[] {
  const seen = new Set<Schema>()
  const visit = (each: Schema) => {
    const part = deref(root, each)
    if (seen.has(part) || seen.size >= 500) return
    seen.add(part)
    objectsOf(part.allOf).forEach(visit)
  }
  visit(schema)
  return [...seen]
}

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'array' | 'object' | 'string'

const jsonTypes: readonly JsonType[] = ['null', 'boolean', 'integer', 'number', 'array', 'object', 'string']

function typesOfPart({ type, properties, items }: Schema): readonly JsonType[] {
  const named = Array.isArray(type) ? type : [type]
  const known = jsonTypes.filter((each) => named.includes(each))
  if (known.length > 0) return known
  if (isObject(properties)) return ['object']
  return items === undefined ? [] : ['array']
}

/** The types that a value may have, in the order in which a text is tried for them; empty: any. */
export function typesOf(root: Schema, schema: Schema): readonly JsonType[] {
  const types = new Set(partsOf(root, schema).flatMap(typesOfPart))
  return jsonTypes.filter((type) => types.has(type))
}

/** The values of `enum` and `const`; undefined if there are neither. */
export function valuesOf(root: Schema, schema: Schema): readonly unknown[] | undefined {
  const values = partsOf(root, schema).flatMap((part) => [
    ...(Array.isArray(part.enum) ? part.enum : []),
    ...('const' in part ? [part.const] : []),
  ])
  return values.length > 0 ? values : undefined
}

/** The schemas of the properties of an object, by name. */
export function propertiesOf(root: Schema, schema: Schema): ReadonlyMap<string, Schema> {
  const properties = new Map<string, Schema>()
  for (const part of partsOf(root, schema)) {
    if (!isObject(part.properties)) continue
    for (const [name, property] of Object.entries(part.properties)) {
      if (!properties.has(name)) properties.set(name, isObject(property) ? property : {})
    }
  }
  return properties
}

/** The required names, whichever alternative is chosen. */
export function requiredOf(root: Schema, schema: Schema): readonly string[] {
  const names = certainParts(root, schema).flatMap(({ required }) => (Array.isArray(required) ? required : []))
  return [...new Set(names.filter((name) => typeof name === 'string'))]
}

/**
 * The schema of properties that have none of their own; undefined if nothing allows such properties. An object that
 * names no properties allows all.
 */
export function additionalOf(root: Schema, schema: Schema): Schema | undefined {
  const parts = partsOf(root, schema)
  for (const { additionalProperties: additional, unevaluatedProperties: unevaluated, patternProperties } of parts) {
    if (isObject(additional)) return additional
    // Patterns are the server's, and may take for ever: the registry checks them.
    if (additional === true || unevaluated === true || isObject(patternProperties)) return {}
  }
  const isClosed = parts.some((part) => part.additionalProperties === false)
  return propertiesOf(root, schema).size === 0 && !isClosed ? {} : undefined
}

/** The type for people: `string`, `integer or null`, `one of "a", "b"`. */
export function typeInWords(root: Schema, schema: Schema): string {
  const values = valuesOf(root, schema)
  if (values) {
    const shown = values.slice(0, 20).map((value) => JSON.stringify(value))
    const rest = values.length > shown.length ? ', …' : ''
    return shown.length === 1 ? `${shown[0]}` : `one of ${shown.join(', ')}${rest}`
  }
  const types = typesOf(root, schema).toSorted((a, b) => Number(a === 'null') - Number(b === 'null'))
  return types.join(' or ') || 'any JSON'
}
