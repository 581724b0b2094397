import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import { isStringList, resolveRef } from '../../json-schema/schema-keywords.ts'

/** Keywords that no model API takes at the root. */
const rootOnlyKeywords = ['$ref', 'allOf', 'anyOf', 'oneOf', 'enum', 'const', 'not']

/** The properties of an object, collected from a schema and every schema that it is composed of. */
interface ObjectShape {
  /** The schemas of each property: several if alternatives differ. */
  readonly properties: ReadonlyMap<string, ReadonlySet<JsonValue>>
  readonly required: ReadonlySet<string>
}

const nothing: ObjectShape = { properties: new Map(), required: new Set() }

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** All shapes hold. The first schema of a property stays, so that the result takes everything that the parts take. */
function allOf(shapes: readonly ObjectShape[]): ObjectShape {
  const properties = new Map<string, ReadonlySet<JsonValue>>()
  for (const shape of shapes) {
    for (const [name, schemas] of shape.properties) if (!properties.has(name)) properties.set(name, schemas)
  }
  return { properties, required: new Set(shapes.flatMap(({ required }) => [...required])) }
}

/** Whether the schema is `false`, in the form that it has here. */
function takesNothing(schema: JsonValue): boolean {
  return isJsonObject(schema) && isJsonObject(schema.not) && Object.keys(schema.not).length === 0
}

/**
 * One of the shapes holds: a property is required if all of them require it. It gets the schemas of all shapes that have it,
 * except those that forbid it.
 */
function anyOf(shapes: readonly ObjectShape[]): ObjectShape {
  const properties = new Map<string, Set<JsonValue>>()
  for (const shape of shapes) {
    for (const [name, schemas] of shape.properties) {
      const known = properties.get(name) ?? new Set()
      for (const schema of schemas) if (!takesNothing(schema)) known.add(schema)
      if (known.size > 0) properties.set(name, known)
    }
  }
  const [first = nothing, ...others] = shapes
  const required = [...first.required].filter((name) => others.every((other) => other.required.has(name)))
  return { properties, required: new Set(required) }
}

/** Deepest nesting of schemas that are read; a foreign schema has no bound of its own. */
const maxDepth = 200
/** Number of properties that are merged before the rest is ignored. */
const maxMerged = 100_000

const sizeOf = ({ properties, required }: ObjectShape) => properties.size + required.size

function createShapes(document: JsonObject): (schema: JsonValue) => ObjectShape {
  // Each target is read once; a reference back to it adds nothing.
  const targets = new Map<JsonObject, ObjectShape>()
  let merged = 0

  function ofTarget(ref: string, depth: number): ObjectShape {
    const target = resolveRef(document, ref)
    if (!target) return nothing
    const known = targets.get(target)
    if (known) {
      merged += sizeOf(known)
      return known
    }
    targets.set(target, nothing)
    const shape = shapeOf(target, depth)
    targets.set(target, shape)
    return shape
  }

  function shapeOf(schema: JsonValue, depth: number): ObjectShape {
    if (!isJsonObject(schema) || depth > maxDepth || merged > maxMerged) return nothing
    const shape = composed(schema, depth)
    merged += sizeOf(shape)
    return shape
  }

  function composed(schema: JsonObject, depth: number): ObjectShape {
    const { properties, required, $ref } = schema
    const below = (each: JsonValue) => shapeOf(each, depth + 1)
    const own: ObjectShape = {
      properties: new Map(
        isJsonObject(properties) ? Object.entries(properties).map(([name, each]) => [name, new Set([each])]) : [],
      ),
      required: new Set(isStringList(required) ? required : []),
    }
    return allOf([
      own,
      ...(typeof $ref === 'string' ? [ofTarget($ref, depth + 1)] : []),
      ...(isList(schema.allOf) ? schema.allOf.map(below) : []),
      ...(isList(schema.anyOf) ? [anyOf(schema.anyOf.map(below))] : []),
      ...(isList(schema.oneOf) ? [anyOf(schema.oneOf.map(below))] : []),
    ])
  }

  return (schema) => shapeOf(schema, 0)
}

function alternatives(schemas: ReadonlySet<JsonValue>): JsonValue {
  const distinct = [...new Map([...schemas].map((schema) => [JSON.stringify(schema), schema])).values()]
  const [only = {}] = distinct
  return distinct.length > 1 ? { anyOf: distinct } : only
}

/**
 * The schema as one object with properties: those of `allOf`, `anyOf`, `oneOf` and `$ref` at the root are merged into it.
 * Alternatives of a property become its `anyOf`; rules about combinations of properties are dropped.
 */
export function toRootObject(schema: JsonObject): JsonObject {
  if (!rootOnlyKeywords.some((keyword) => keyword in schema)) {
    const { type: _, properties = {}, ...rest } = schema
    return { type: 'object', ...rest, properties }
  }
  const { properties, required } = createShapes(schema)(schema)
  // `unevaluatedProperties` would refuse properties of the dropped parts.
  const dropped = new Set([...rootOnlyKeywords, 'type', 'properties', 'required', 'unevaluatedProperties'])
  return {
    type: 'object',
    ...Object.fromEntries(Object.entries(schema).filter(([keyword]) => !dropped.has(keyword))),
    properties: Object.fromEntries([...properties].map(([name, schemas]) => [name, alternatives(schemas)])),
    ...(required.size === 0 ? {} : { required: [...required] }),
  }
}
