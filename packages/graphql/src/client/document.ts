import type { initGraphQLTada } from 'gql.tada'
import type { SchemaTypes } from './schema-types.ts'

interface Scalars {
  ID: string
  /** RFC 3339. */
  DateTime: string
  JSON: unknown
  JSONObject: Readonly<Record<string, unknown>>
  URL: string
  Cursor: string
}

declare const types: unique symbol

/** A document of the GraphQL language, with the types of what it takes and answers. */
export interface TypedDocument<Result, Variables> {
  /** Fragments included. */
  readonly text: string
  /** Of the types alone. */
  readonly [types]?: (variables: Variables) => Result
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

/** What `graphql` answers, as it is at run time. */
export function textOf(document: object): string {
  if ('text' in document && typeof document.text === 'string') return document.text
  throw new TypeError('expected a document made by graphql()')
}
