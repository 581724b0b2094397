import {
  GraphQLError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
} from 'graphql'

/** Object types that a hint names at most. */
const maxTypes = 3

type WithFields = GraphQLInterfaceType | GraphQLObjectType

/** Types that a fragment may narrow `typeName` to, to select `fieldName`: one interface if it serves all of them. */
function narrowed(schema: GraphQLSchema, typeName: string, fieldName: string): readonly WithFields[] {
  const type = schema.getType(typeName)
  if (!isAbstractType(type)) return []
  const has = (each: WithFields) => Object.hasOwn(each.getFields(), fieldName)
  const objects = schema.getPossibleTypes(type).filter(has)
  const [first, ...others] = objects
  if (!first || others.length === 0) return objects
  // The one with the most fields: it serves what is selected beside this one, too.
  const [shared] = first
    .getInterfaces()
    .filter((each) => has(each) && others.every((other) => other.getInterfaces().includes(each)))
    .toSorted((a, b) => Object.keys(b.getFields()).length - Object.keys(a.getFields()).length)
  return shared ? [shared] : objects.slice(0, maxTypes)
}

// By its text, as the error has no other sign of the type that was asked (graphql-js, FieldsOnCorrectTypeRule).
const unknownField = /^Cannot query field "(\w+)" on type "(\w+)"\./

/**
 * Adds the inline fragment to an error about a field that a union or interface does not have, but types of it do. Answers
 * other errors as they are.
 */
export function withFragmentHint(error: GraphQLError, schema: GraphQLSchema): GraphQLError {
  const [message, fieldName, typeName] = unknownField.exec(error.message) ?? []
  if (fieldName === undefined || typeName === undefined) return error
  const fragments = narrowed(schema, typeName, fieldName).map(({ name }) => `... on ${name} { ${fieldName} }`)
  if (fragments.length === 0) return error
  return new GraphQLError(`${message} Select it by a fragment: ${fragments.join(' or ')}`, {
    nodes: error.nodes ?? null,
    extensions: error.extensions,
  })
}
