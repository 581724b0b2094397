import type { DocumentNode } from 'graphql'
import { stringifyDocument } from 'urql'

/** The text of a document. */
export function print(document: object): string {
  // gql.tada's documents are documents of GraphQL.
  return stringifyDocument(document as DocumentNode)
}
