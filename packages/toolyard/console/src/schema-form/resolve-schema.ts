import { matches } from './matches.ts'
import { isRecord, listOf, pointerSegments, type Schema, schemaOf, stringsOf } from './schema.ts'

/** Most schemas joined for one field. A short schema may name a million through `$ref` and `allOf`. */
const maxParts = 200

function targetOf(root: Schema, ref: string): Schema | undefined {
  if (!ref.startsWith('#')) return undefined
  let value: unknown = root
  try {
    for (const segment of pointerSegments(decodeURIComponent(ref))) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
      value = Reflect.get(value, segment)
    }
  } catch {
    // Not a URI fragment.
    return undefined
  }
  return isRecord(value) ? value : undefined
}

function conditional(schema: Schema, root: Schema, value: unknown): readonly Schema[] {
  if (!isRecord(schema.if)) return []
  return [schemaOf(matches(schema.if, root, value ?? {}) ? schema.then : schema.else)]
}

function dependent(schema: Schema, value: unknown): readonly Schema[] {
  if (!isRecord(schema.dependentSchemas) || !isRecord(value)) return []
  return Object.entries(schema.dependentSchemas)
    .filter(([name]) => Object.hasOwn(value, name))
    .map(([, each]) => schemaOf(each))
}

/** The schema and what it includes, in the order of precedence; undefined if there are too many or a `$ref` is dangling. */
function partsOf(schema: Schema, root: Schema, value: unknown): readonly Schema[] | undefined {
  const parts = new Set<Schema>()
  const waiting = [schema]
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (parts.has(part)) continue
    if (parts.size >= maxParts) return undefined
    parts.add(part)
    if (typeof part.$ref === 'string') {
      const target = targetOf(root, part.$ref)
      if (!target) return undefined
      waiting.push(target)
    }
    waiting.push(...listOf(part.allOf).map(schemaOf), ...conditional(part, root, value), ...dependent(part, value))
  }
  return [...parts]
}

function joinedProperties(parts: readonly Schema[]): Schema | undefined {
  const joined = new Map<string, unknown>()
  for (const { properties } of parts) {
    if (!isRecord(properties)) continue
    for (const [name, schema] of Object.entries(properties)) {
      const earlier = joined.get(name)
      joined.set(name, earlier === undefined ? schema : { allOf: [earlier, schema] })
    }
  }
  return joined.size > 0 ? Object.fromEntries(joined) : undefined
}

const included = new Set(['$ref', 'allOf', 'if', 'then', 'else', 'dependentSchemas', '$defs', 'definitions'])

/**
 * The schema of one field with all that it includes: the targets of `$ref`, `allOf`, `dependentSchemas`, and the branch of
 * `if` that the value is in. Undefined if the schema refers to nothing, or includes more than 200 schemas.
 */
export function resolveSchema(schema: Schema, root: Schema, value: unknown): Schema | undefined {
  const parts = partsOf(schema, root, value)
  if (!parts) return undefined
  const joined: Record<string, unknown> = {}
  for (const part of parts) {
    for (const [keyword, each] of Object.entries(part)) {
      if (!included.has(keyword) && !Object.hasOwn(joined, keyword)) joined[keyword] = each
    }
  }
  const properties = joinedProperties(parts)
  const required = [...new Set(parts.flatMap((part) => stringsOf(part.required)))]
  return { ...joined, ...(properties && { properties }), ...(required.length > 0 && { required }) }
}
