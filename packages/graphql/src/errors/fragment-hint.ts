import {
  GraphQLError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
} from 'graphql'

/** Most object types that a hint names. */
const maxTypes = 5

type WithFields = GraphQLInterfaceType | GraphQLObjectType

/** Finds the types with `fieldName` that a fragment may narrow `typeName` to: one interface if it covers all of them. */
function narrowed(schema: GraphQLSchema, typeName: string, fieldName: string): readonly WithFields[] {
  const type = schema.getType(typeName)
  if (!isAbstractType(type)) return []
  const has = (each: WithFields) => Object.hasOwn(each.getFields(), fieldName)
  const objects = schema.getPossibleTypes(type).filter(has)
  const [first, ...others] = objects
  if (!first || others.length === 0) return objects
  // The interface with the most fields: it also serves the selections beside this one.
  const [shared] = first
    .getInterfaces()
    .filter((each) => has(each) && others.every((other) => other.getInterfaces().includes(each)))
    .toSorted((a, b) => Object.keys(b.getFields()).length - Object.keys(a.getFields()).length)
  return shared ? [shared] : objects.slice(0, maxTypes)
}

// The error names the type only in its text (graphql-js, FieldsOnCorrectTypeRule).
const unknownField = /^Cannot query field "(\w+)" on type "(\w+)"\./

/**
 * Adds the inline fragment to an error about a field that a union or interface lacks, but some of its types have.
 * Returns other errors unchanged.
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
