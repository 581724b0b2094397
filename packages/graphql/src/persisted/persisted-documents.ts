import { isJsonObject } from '@toolyard/core/json'
import { type DocumentNode, GraphQLError, parse } from 'graphql'

/** By their ids. */
export type PersistedOperations = Readonly<Record<string, string>>

/** What of a request says which document it asks for; nobody has looked whether it is well formed. */
export interface DocumentParams {
  readonly query?: unknown
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/**
 * The text that a request asks for: the one that it has, else the persisted one that it names. An error where that one is
 * not known, and undefined where it names none.
 */
export type ResolveQuery = (params: DocumentParams) => string | GraphQLError | undefined

export interface PersistedDocuments {
  readonly documents: readonly DocumentNode[]
  readonly resolveQuery: ResolveQuery
}

/** Some write how an id was made, and others do not. */
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

/** Undefined for a request without any. */
function idOf({ documentId, extensions }: DocumentParams): unknown {
  if (documentId !== undefined && documentId !== null) return documentId
  const persisted = isJsonObject(extensions) ? extensions.persistedQuery : undefined
  return isJsonObject(persisted) ? (persisted.sha256Hash ?? undefined) : undefined
}

/** Throws TypeError, which names the id, for what is no document, and where one id stands for two of them. */
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
      // Over WebSocket a text has to be there, and is empty beside an id.
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

/** Clients look for this message, and send the text then. */
function notFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { spec: true, status: 404 } },
  })
}
