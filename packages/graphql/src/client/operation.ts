import type { DocumentNode } from 'graphql'

/** The types of a document of gql.tada, GraphQL Code Generator and similar libraries; it exists as a type only. */
export interface TypedDocument<Result, Variables> {
  readonly __apiType?: (variables: Variables) => Result
}

/**
 * An operation for a client: a document of `graphql`, one of another library (a `TypedDocumentNode` with its source, a
 * `TypedDocumentString`), or a text, which has no types.
 */
export type Operation<Result, Variables> = TypedDocument<Result, Variables> | DocumentNode | string

interface ParsedDocument {
  readonly loc?: { readonly source: { readonly body: string } }
}

/**
 * Returns the text of a document of any library.
 * @throws TypeError for a parsed document without its source
 */
export function textOf(document: object | string): string {
  if (typeof document === 'string') return document
  if ('text' in document && typeof document.text === 'string') return document.text
  if (document instanceof String) return document.toString()
  // graphql-js keeps the source, except with `noLocation`.
  const { loc }: ParsedDocument = document
  if (loc !== undefined) return loc.source.body
  throw new TypeError(
    'expected a text, a document of graphql(), or a parsed one with its source; pass print(document) for others',
  )
}
