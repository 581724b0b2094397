import { type ASTNode, GraphQLError, print } from 'graphql'

const kinds: Readonly<Record<string, string>> = {
  StringValue: 'a string',
  IntValue: 'a number',
  FloatValue: 'a number',
  BooleanValue: 'a boolean',
  EnumValue: 'a name',
  ListValue: 'a list',
  ObjectValue: 'an object',
  NullValue: 'null',
}

function isValue(node: ASTNode | undefined): node is ASTNode {
  return node !== undefined && node.kind in kinds
}

/** A validation error about a literal without the literal: it may be a secret. Others are answered as they are. */
export function unquoteLiterals(error: GraphQLError): GraphQLError {
  const node = error.nodes?.[0]
  if (!isValue(node)) return error
  const kind = kinds[node.kind] ?? 'a value'
  const printed = print(node)
  const texts =
    'value' in node && typeof node.value === 'string' ? [printed, JSON.stringify(node.value), node.value] : [printed]
  const message = texts
    .filter((text) => text !== '')
    .reduce((text, quoted) => text.replaceAll(quoted, kind), error.message)
  return new GraphQLError(message, {
    nodes: error.nodes ?? null,
    extensions: { ...error.extensions, code: 'INVALID_INPUT' },
  })
}
