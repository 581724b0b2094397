import { randomUUID } from 'node:crypto'
import { isRegistryError } from '@toolyard/core'
import { GraphQLError } from 'graphql'
import { publicCode } from './public-code.ts'

export type OnError = (error: unknown, id: string) => void

function locationOf(error: unknown) {
  if (!(error instanceof GraphQLError)) return {}
  const { nodes, source, positions, path } = error
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null }
}

/**
 * Makes the error that a client sees, over HTTP, SSE and WebSocket alike. GraphQL's own stay as they are, the registry's
 * keep their code and path. Any other is replaced by an id, under which `onError` receives it whole.
 */
export function maskError(error: unknown, onError: OnError): GraphQLError {
  const original = error instanceof GraphQLError ? error.originalError : error
  if (isRegistryError(original) && publicCode(original.code) !== 'INTERNAL') {
    const { code, message, path } = original
    return new GraphQLError(message, { ...locationOf(error), extensions: { code, ...(path ? { path } : {}) } })
  }
  const isOfGraphQL = error instanceof GraphQLError && (original === undefined || original instanceof GraphQLError)
  if (isOfGraphQL) return error
  const id = randomUUID()
  onError(original, id)
  return new GraphQLError('Internal error', { ...locationOf(error), extensions: { code: 'INTERNAL', id } })
}
