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

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Removes the literal from a validation error: it may be a secret. Returns other errors unchanged. */
export function unquoteLiterals(error: GraphQLError): GraphQLError {
  const node = error.nodes?.[0]
  if (!isValue(node)) return error
  const kind = kinds[node.kind] ?? 'a value'
  const printed = print(node)
  const raw = 'value' in node && typeof node.value === 'string' ? [JSON.stringify(node.value), node.value] : []
  // One pass, whole words only: the placeholder of a short literal must not be replaced in turn.
  const texts = [printed, ...raw].filter((text) => text !== '').map(escaped)
  const quoted = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${texts.join('|')})(?![\\p{L}\\p{N}_])`, 'gu')
  const message = error.message.replaceAll(quoted, kind)
  // Up to three characters may be part of another word.
  const isLeft = [printed, ...raw].some((text) => text.length > 3 && message.includes(text))
  return new GraphQLError(isLeft ? `Expected another value than ${kind}` : message, {
    nodes: error.nodes ?? null,
    extensions: { ...error.extensions, code: 'INVALID_INPUT' },
  })
}
