import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf, VariablesOf } from 'gql.tada'

const previewMutation = graphql(`
  mutation PreviewRefresh($input: PreviewMcpServerRefreshInput!) {
    previewMcpServerRefresh(input: $input) {
      __typename
      ... on PreviewMcpServerRefreshPayload {
        added { name }
        updated { tool { name } changes { pointer before after } }
        deleted { name }
        unchangedCount
        rejected { name reason }
        listed { name schemaHealth { status reasons } warnings { pointer message } }
        connectMs
        listMs
      }
      ... on UserError { code message path }
      ... on McpError { retryable httpStatus systemCode authentication stderrTail }
    }
  }
`)

export type PreviewInput = VariablesOf<typeof previewMutation>['input']
export type PreviewResult = NonNullable<ResultOf<typeof previewMutation>['previewMcpServerRefresh']>
/** The changes that a refresh would make. */
export type RefreshPreview = Extract<PreviewResult, { readonly __typename: 'PreviewMcpServerRefreshPayload' }>

/** Asks what a refresh would change, and stores none of it. Rejects with GraphQLClientError. */
export async function previewRefresh(
  client: GraphQLClient,
  input: PreviewInput,
  signal: AbortSignal,
): Promise<PreviewResult | null> {
  return (await client.request(previewMutation, { input }, { signal })).previewMcpServerRefresh
}
