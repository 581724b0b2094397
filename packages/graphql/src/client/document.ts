import type { DocumentDecoration, initGraphQLTada } from 'gql.tada'
import type { DocumentNode } from 'graphql'
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

/**
 * What a client can be asked: a document made by `graphql`, one of another library (a `TypedDocumentNode` with its source,
 * a `TypedDocumentString`), or a text, which has no types.
 */
export type Operation<Result, Variables> = DocumentDecoration<Result, Variables> | DocumentNode | string

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

interface ParsedDocument {
  readonly loc?: { readonly source: { readonly body: string } }
}

/** The text of a document, however its library has it. Throws TypeError for a parsed one that has forgotten its text. */
export function textOf(document: object | string): string {
  if (typeof document === 'string') return document
  if ('text' in document && typeof document.text === 'string') return document.text
  if (document instanceof String) return document.toString()
  // As graphql-js parses it, unless it was told to forget the text.
  const { loc }: ParsedDocument = document
  if (loc !== undefined) return loc.source.body
  throw new TypeError(
    'expected a text, a document made by graphql(), or a parsed one that has its source; give others as print() of graphql prints them',
  )
}
