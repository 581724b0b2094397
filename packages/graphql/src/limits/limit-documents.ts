import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { withoutSource } from '../errors/redact.ts'
import type { LimitMeter } from './limit-meter.ts'
import { limitSelections } from './limit-selections.ts'

/** Deepest nesting of brackets: the parser recurses, and would overflow its stack. */
const maxNesting = 200
const http = { http: { spec: true, status: 400 } }

/** Throws if the document has more tokens than `maxTokens`, or brackets nested too deep. */
function assertSize(source: string | Source, { limits, atMost, documentError }: LimitMeter): void {
  const lexer = new Lexer(typeof source === 'string' ? new Source(source) : source)
  let depth = 0
  let tokens = 0
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    tokens += 1
    if (tokens > limits.maxTokens) {
      throw documentError(
        'maxTokens',
        `The document is too long: expected ${atMost('maxTokens', 'tokens')}, got more`,
        http,
      )
    }
    if ('{[('.includes(token.kind)) depth += 1
    else if ('}])'.includes(token.kind)) depth -= 1
    if (depth > maxNesting) {
      const message = `The document is too deep: expected brackets nested at most ${maxNesting} deep`
      throw documentError('maxDepth', message, http)
    }
  }
}

/** Limits the size of documents before they are parsed, and their selections when they are validated. */
export const limitDocuments = (meter: LimitMeter): Plugin => ({
  onParse({ parseFn, setParseFn }) {
    setParseFn((source, options) => {
      try {
        assertSize(source, meter)
        return parseFn(source, options)
      } catch (error) {
        const isOurs = error instanceof GraphQLError && error.extensions.code === 'LIMIT_EXCEEDED'
        throw error instanceof GraphQLError && !isOurs ? withoutSource(error) : error
      }
    })
  },
  onValidate({ addValidationRule }) {
    addValidationRule(limitSelections(meter))
  },
  onResultProcess({ result }) {
    if ('errors' in result) meter.countAnswered(result.errors)
  },
})
