import type { Operation } from '@toolyard/graphql/client'
import type { Scalars } from '@toolyard/graphql/client/documents'
import type { SchemaTypes } from '@toolyard/graphql/schema-types'
import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada'
import type { DocumentNode } from 'graphql'
import { stringifyDocument } from 'urql'

/** Documents, checked against the API's schema by their types. */
export const graphql = initGraphQLTada<{ introspection: SchemaTypes; disableMasking: true; scalars: Scalars }>()

/** A document as the client of subscriptions takes it: its text, with the types. */
export function operationOf<Result, Variables>(
  document: TadaDocumentNode<Result, Variables>,
): Operation<Result, Variables> {
  // gql.tada's documents are documents of GraphQL.
  return stringifyDocument(document as DocumentNode)
}

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada'
