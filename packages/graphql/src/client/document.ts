import type { initGraphQLTada } from 'gql.tada'
import type { SchemaTypes } from './schema-types.ts'

/** The JSON types of the schema's scalars. */
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
  // A fragment that several fragments use is in the text once.
  const definitions = new Set([source, ...fragments.flatMap((fragment) => [...fragment.definitions])])
  return { text: [...definitions].join('\n'), definitions }
}

/**
 * Creates a document, whose types are checked against the schema. The types are gql.tada's; at run time a document is its
 * text, without gql.tada.
 */
export const graphql = documentOf as unknown as initGraphQLTada<{
  introspection: SchemaTypes
  disableMasking: true
  scalars: Scalars
}>
