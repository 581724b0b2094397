import type { Operation } from '@toolyard/graphql/client'
import type { Scalars } from '@toolyard/graphql/client/documents'
import type { SchemaTypes } from '@toolyard/graphql/schema-types'
import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada'
import type { DocumentNode } from 'graphql'
import { stringifyDocument } from 'urql'

/** Type-checks documents against the API's schema. */
export const graphql = initGraphQLTada<{ introspection: SchemaTypes; disableMasking: true; scalars: Scalars }>()

/** Converts a document to what the subscription client takes: its text, with the types. */
export function operationOf<Result, Variables>(
  document: TadaDocumentNode<Result, Variables>,
): Operation<Result, Variables> {
  // gql.tada's documents are GraphQL documents; its type does not say so.
  return stringifyDocument(document as DocumentNode)
}

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada'
