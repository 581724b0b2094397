import { graphql } from '../api/graphql.ts'
import { useApiQuery } from '../api/use-api-query.ts'

const approvalCount = graphql(`
  query ApprovalCount { mcpTools(first: 1, filter: { quarantined: true }) { totalCount } }
`)

const relevant = new Set(['McpToolChangesFlagged', 'McpToolApproved', 'McpServerToolsChanged', 'McpServerDeleted'])

/** How many definitions wait for approval. */
export function useApprovalCount(): number | undefined {
  const { data } = useApiQuery({
    query: approvalCount,
    variables: {},
    isOldAfter: ({ __typename }) => relevant.has(__typename),
  })
  return data?.mcpTools.totalCount
}
