import type { initGraphQLTada } from 'gql.tada'
import type { SchemaTypes } from './schema-types.ts'

/** What the schema's scalars are in JSON. */
export interface Scalars {
  ID: string
  /** RFC 3339. */
  DateTime: string
  JSON: unknown
  JSONObject: Readonly<Record<string, unknown>>
  URL: string
  Cursor: string
}

interface Document {
  readonly text: string
  readonly definitions: ReadonlySet<string>
}

function documentOf(source: string, fragments: readonly Document[] = []): Document {
  // A fragment that several others use stands in the text once.
  const definitions = new Set([source, ...fragments.flatMap((fragment) => [...fragment.definitions])])
  return { text: [...definitions].join('\n'), definitions }
}

/**
 * A document, checked against the schema by its types. The types are gql.tada's; of it there is nothing at run time,
 * where a document is its text.
 */
export const graphql = documentOf as unknown as initGraphQLTada<{
  introspection: SchemaTypes
  disableMasking: true
  scalars: Scalars
}>
