import { GraphQLError, type GraphQLFormattedError, Lexer, type Source, type Token, TokenKind } from 'graphql'
import { unquoteLiterals } from './unquote-literals.ts'

/** Finds the token that begins at `position`; undefined if the text there is not a token. */
function tokenAt(source: Source, position: number): Token | undefined {
  try {
    const lexer = new Lexer(source)
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      if (token.start >= position) return token
    }
  } catch {
    // The error is inside a token, as in a string that does not end.
  }
  return undefined
}

function withoutToken(message: string, token: Token | undefined): string {
  // The lexer quotes a broken token behind a colon.
  if (token === undefined) return message.split(': "', 1).join('')
  if (token.value === '') return message
  const unquoted = message.replaceAll(`${token.kind} "${token.value}"`, token.kind)
  return unquoted.includes(token.value) ? `Syntax Error: unexpected ${token.kind}` : unquoted
}

/** Removes the quoted text from a syntax error: a string in the wrong place may be a secret. The location stays. */
export function withoutSource(error: GraphQLError): GraphQLError {
  const { source, positions, extensions } = error
  const [position] = positions ?? []
  const message =
    source && position !== undefined ? withoutToken(error.message, tokenAt(source, position)) : error.message
  return new GraphQLError(message, {
    source: source ?? null,
    positions: positions ?? null,
    // Yoga sets them for HTTP alone, and caches the error of a document that a WebSocket sent first.
    extensions: { ...extensions, code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } },
  })
}

/**
 * Removes the client's input from an error of GraphQL's. An argument that fails only in execution, as by a null in a
 * variable, is quoted whole, with the secrets in it.
 */
export function withoutArguments(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error
  const unquoted = unquoteLiterals(error)
  if (unquoted === error) return error
  const { nodes, path, originalError } = error
  return new GraphQLError(unquoted.message, {
    nodes: nodes ?? null,
    path: path ?? null,
    originalError: originalError ?? null,
    extensions: unquoted.extensions,
  })
}

/** Removes suggested names: callers without introspection must not learn the schema name by name. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const [message = ''] = error.message.split(/ Did you mean /, 1)
  if (message === error.message) return error
  return new GraphQLError(message, { nodes: error.nodes ?? null, extensions: error.extensions })
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

/** Replaces the JSON parser's error about a URL, which quotes the JSON. */
export function withoutJson(error: unknown): unknown {
  return error instanceof SyntaxError ? badRequest('variables, extensions: expected JSON') : error
}

/** Formats an error without its HTTP status, which is for the HTTP response alone. */
export function withoutStatus(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _, ...extensions } = {}, ...rest } = error.toJSON()
  return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest
}
