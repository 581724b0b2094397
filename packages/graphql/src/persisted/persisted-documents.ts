import { isJsonObject } from '@toolyard/core/internal/json'
import { type DocumentNode, GraphQLError, parse } from 'graphql'

/** Documents by their ids. */
export type PersistedOperations = Readonly<Record<string, string>>

/** The parameters of a request that name its document, unchecked. */
export interface DocumentParams {
  readonly query?: unknown
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/**
 * Returns the text of a request's document: its own, or the persisted one that it names. An error if that id is unknown;
 * undefined if the request has neither text nor id.
 */
export type ResolveQuery = (params: DocumentParams) => string | GraphQLError | undefined

export interface PersistedDocuments {
  readonly documents: readonly DocumentNode[]
  readonly resolveQuery: ResolveQuery
}

/** Removes the name of the hash, which some clients send and others do not. */
function withoutPrefix(id: string): string {
  return id.startsWith('sha256:') ? id.slice('sha256:'.length) : id
}

function parseDocument(id: string, text: string): DocumentNode {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const [{ line, column } = { line: 1, column: 1 }] = error.locations ?? []
    const place = `line ${line}, column ${column}`
    throw new TypeError(`persisted operation "${id}": expected a GraphQL document, got at ${place}: ${error.message}`, {
      cause: error,
    })
  }
}

/** Returns the id of the document; undefined if the request has none. */
function idOf({ documentId, extensions }: DocumentParams): unknown {
  if (documentId !== undefined && documentId !== null) return documentId
  const persisted = isJsonObject(extensions) ? extensions.persistedQuery : undefined
  return isJsonObject(persisted) ? (persisted.sha256Hash ?? undefined) : undefined
}

/**
 * Parses the documents, and finds them by id.
 * @throws TypeError with the id, for a text that is not a document, or an id with two documents
 */
export function createPersistedDocuments(operations: PersistedOperations): PersistedDocuments {
  const texts = new Map<string, string>()
  const documents: DocumentNode[] = []
  for (const [id, text] of Object.entries(operations)) {
    documents.push(parseDocument(id, text))
    const key = withoutPrefix(id)
    if ((texts.get(key) ?? text) !== text) {
      throw new TypeError(`persisted operation "${id}": expected one document, got another one under the same id`)
    }
    texts.set(key, text)
  }
  return {
    documents,
    resolveQuery(params) {
      const { query } = params
      if (typeof query === 'string' && query !== '') return query
      // WebSocket clients must send a text, and send an empty one with an id.
      if (query !== undefined && query !== null && query !== '') return undefined
      const id = idOf(params)
      if (id === undefined) return undefined
      if (typeof id !== 'string') {
        const extensions = { code: 'BAD_REQUEST', http: { status: 400 } }
        return new GraphQLError(`The id of a persisted operation: expected a string, got a ${typeof id}`, {
          extensions,
        })
      }
      return texts.get(withoutPrefix(id)) ?? notFound()
    },
  }
}

/** Creates the error by whose message clients know that they have to send the text. */
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { spec: true, status: 404 } },
  })
}
