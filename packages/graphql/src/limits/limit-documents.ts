import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { withoutSource } from '../errors.ts'
import { limitSelections } from './limit-selections.ts'
import type { Limits } from './limits.ts'

/** Parsing recurses, and would overflow. */
const maxNesting = 200

function beyond(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', http: { spec: true, status: 400 } } })
}

/** Throws where there are more tokens than `maxTokens`, or brackets stand too deep in one another. */
function assertSize(source: string | Source, maxTokens: number): void {
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source)
  let depth = 0
  let tokens = 0
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1
    if (tokens > maxTokens) throw beyond(`The document is too long: expected at most ${maxTokens} tokens, got more`)
    if ('{[('.includes(token.kind)) depth += 1
    else if ('}])'.includes(token.kind)) depth -= 1
    if (depth > maxNesting)
      throw beyond(`The document is too deep: expected brackets nested at most ${maxNesting} deep`)
  }
}

/** What a document may be, whatever it asks for. */
export const limitDocuments = (limits: Limits): Plugin => ({
  onParse({ parseFn, setParseFn }) {
    setParseFn((source, options) => {
      try {
        assertSize(source, limits.maxTokens)
        return parseFn(source, options)
      } catch (error) {
        const isOurs = error instanceof GraphQLError && error.extensions.code === 'LIMIT_EXCEEDED'
        throw error instanceof GraphQLError && !isOurs ? withoutSource(error) : error
      }
    })
  },
  onValidate({ addValidationRule }) {
    addValidationRule(limitSelections(limits))
  },
})
