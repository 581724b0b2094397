import type { DocumentNode } from 'graphql'

/** How documents of gql.tada, GraphQL Code Generator and others say what they take and answer, which is a type alone. */
export interface TypedDocument<Result, Variables> {
  readonly __apiType?: (variables: Variables) => Result
}

/**
 * What a client can be asked: a document made by `graphql`, one of another library (a `TypedDocumentNode` with its source,
 * a `TypedDocumentString`), or a text, which has no types.
 */
export type Operation<Result, Variables> = TypedDocument<Result, Variables> | DocumentNode | string

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
