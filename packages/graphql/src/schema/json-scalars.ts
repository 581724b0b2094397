import type { JsonObject, JsonValue } from '@toolyard/core'
import { GraphQLError, GraphQLScalarType, Kind, type ObjectValueNode, print, type ValueNode } from 'graphql'

const specifiedByURL = 'http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf'

type Variables = Readonly<Record<string, unknown>> | null | undefined

/** Returns a literal as JSON; a variable without a value is left undefined. */
function fromLiteral(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value
    case Kind.INT:
    case Kind.FLOAT:
      return Number.parseFloat(node.value)
    case Kind.OBJECT:
      return objectFrom(node, variables)
    case Kind.LIST:
      return node.values.map((value) => fromLiteral(value, variables))
    case Kind.NULL:
      return null
    case Kind.VARIABLE:
      return variables?.[node.name.value]
    default:
      return undefined
  }
}

function objectFrom(node: ObjectValueNode, variables: Variables): Record<string, unknown> {
  // Without a prototype, so that `__proto__` is an ordinary member.
  const object: Record<string, unknown> = Object.create(null)
  for (const { name, value } of node.fields) object[name.value] = fromLiteral(value, variables)
  return object
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function assertObject(value: unknown): JsonObject {
  if (isObject(value)) return value
  throw new GraphQLError(`JSONObject cannot represent non-object value: ${value}`)
}

export const json = new GraphQLScalarType<JsonValue, JsonValue>({
  name: 'JSON',
  specifiedByURL,
  // Variables and answers are JSON already.
  serialize: (value) => value as JsonValue,
  parseValue: (value) => value as JsonValue,
  // graphql takes undefined, of a variable without a value, for a missing value.
  parseLiteral: (node, variables) => fromLiteral(node, variables) as JsonValue,
})

export const jsonObject = new GraphQLScalarType<JsonObject, JsonObject>({
  name: 'JSONObject',
  specifiedByURL,
  serialize: assertObject,
  parseValue: assertObject,
  parseLiteral(node, variables) {
    // As above.
    if (node.kind === Kind.OBJECT) return objectFrom(node, variables) as JsonObject
    throw new GraphQLError(`JSONObject cannot represent non-object value: ${print(node)}`, { nodes: node })
  },
})
