import type { SchemaTypes } from '@toolyard/graphql/schema-types'
import { initGraphQLTada } from 'gql.tada'

/** Documents, checked against the API's schema by their types. */
export const graphql = initGraphQLTada<{
  introspection: SchemaTypes
  disableMasking: true
  scalars: {
    ID: string
    /** RFC 3339. */
    DateTime: string
    JSON: unknown
    JSONObject: Readonly<Record<string, unknown>>
    URL: string
    Cursor: string
  }
}>()

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada'
