import { isJsonObject } from '@toolyard/core/internal/json'
import type { PersistedOperations } from './persisted-documents.ts'

/** A manifest of persisted operations is invalid; the message has the place, the expected value and the actual one. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

const apolloFormat = 'apollo-persisted-query-manifest'

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return Array.isArray(value) ? 'a list' : 'an object'
}

function invalid(place: string, expected: string, got: unknown): ManifestError {
  return new ManifestError(`${place}: expected ${expected}, got ${describe(got)}`)
}

function textAt(place: string, expected: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalid(place, expected, value)
  return value
}

function fromApollo({ format, version, operations }: Readonly<Record<string, unknown>>): PersistedOperations {
  if (format !== apolloFormat) throw invalid('format', JSON.stringify(apolloFormat), format)
  if (version !== 1) throw invalid('version', '1', version)
  if (!Array.isArray(operations)) throw invalid('operations', 'a list', operations)
  const known = new Map<string, string>()
  for (const [index, operation] of operations.entries()) {
    const place = `operations[${index}]`
    if (!isJsonObject(operation)) throw invalid(place, 'an object', operation)
    const id = textAt(`${place}.id`, 'an id', operation.id)
    const body = textAt(`${place}.body`, 'a GraphQL document', operation.body)
    if ((known.get(id) ?? body) !== body) throw invalid(`${place}.id`, 'each id once', id)
    known.set(id, body)
  }
  return Object.fromEntries(known)
}

/**
 * Reads the operations of a manifest: `{ id: document }`, as GraphQL Code Generator, gql.tada and Relay write it, or a
 * persisted query manifest of Apollo. The documents themselves are not parsed.
 * @throws ManifestError
 */
export function parseManifest(text: string): PersistedOperations {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // The parser quotes the text, with its line breaks.
    const problem = String(error).replaceAll(/\s+/g, ' ')
    throw new ManifestError(`expected JSON, got none: ${problem}`, { cause: error })
  }
  if (!isJsonObject(value)) {
    throw new ManifestError(
      `expected { id: document }, or a persisted query manifest of Apollo, got ${describe(value)}`,
    )
  }
  if (Array.isArray(value.operations) || value.format === apolloFormat) return fromApollo(value)
  return Object.fromEntries(
    Object.entries(value).map(([id, document]) => [
      id,
      textAt(`[${JSON.stringify(id)}]`, 'a GraphQL document', document),
    ]),
  )
}
