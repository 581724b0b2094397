import { GraphQLError, type GraphQLFormattedError, Lexer, type Source, type Token, TokenKind } from 'graphql'
import { unquoteLiterals } from './unquote-literals.ts'

/** The token that begins at `position`; undefined where what stands there is no token. */
function tokenAt(source: Source, position: number): Token | undefined {
  try {
    const lexer = new Lexer(source)
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      if (token.start >= position) return token
    }
  } catch {
    // The fault lies within a token, as with a string that does not end.
  }
  return undefined
}

function withoutToken(message: string, token: Token | undefined): string {
  // What the lexer quotes of a broken token is put behind a colon.
  if (token === undefined) return message.split(': "', 1).join('')
  if (token.value === '') return message
  const unquoted = message.replaceAll(`${token.kind} "${token.value}"`, token.kind)
  return unquoted.includes(token.value) ? `Syntax Error: unexpected ${token.kind}` : unquoted
}

/** A syntax error without the text found there: a string in the wrong place may be a secret. Its location tells where. */
export function withoutSource(error: GraphQLError): GraphQLError {
  const { source, positions, extensions } = error
  const [position] = positions ?? []
  const message =
    source && position !== undefined ? withoutToken(error.message, tokenAt(source, position)) : error.message
  return new GraphQLError(message, {
    source: source ?? null,
    positions: positions ?? null,
    // Yoga sets them for requests alone, and keeps the error of a document that came over a WebSocket first.
    extensions: { ...extensions, code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } },
  })
}

/**
 * An error of GraphQL's without what the client sent: an argument that turns out to be unfit only when it is executed,
 * as with a null in a variable, is quoted whole, with the secrets beside the fault.
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

/** Without the names that it suggests: whoever may not ask for the types of the schema is not told them one by one. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const [message = ''] = error.message.split(/ Did you mean /, 1)
  if (message === error.message) return error
  return new GraphQLError(message, { nodes: error.nodes ?? null, extensions: error.extensions })
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

/** What is wrong with the JSON in a URL, without the JSON: its parser quotes it. */
export function withoutJson(error: unknown): unknown {
  return error instanceof SyntaxError ? badRequest('variables, extensions: expected JSON') : error
}

/** As the HTTP answer has it: the status that an error asks for is for HTTP alone. */
export function withoutStatus(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _, ...extensions } = {}, ...rest } = error.toJSON()
  return Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest
}
