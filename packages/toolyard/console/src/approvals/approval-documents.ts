import { graphql, type ResultOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import type { FeedEvent } from '../live/feed-document.ts'

export const approvalCount = graphql(`
  query ApprovalCount { mcpTools(first: 1, filter: { quarantined: true }) { totalCount } }
`)

export const waitingTools = graphql(`
  query WaitingTools($first: Int!, $after: String) {
    mcpTools(first: $first, after: $after, filter: { quarantined: true }, orderBy: { field: NAME }) {
      totalCount
      nodes {
        id
        name
        server { ... on McpServerBase { id name } }
        quarantine {
          kind
          digest
          definition
          changes { pointer before after }
          warnings { code pointer message }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
export type WaitingTool = ResultOf<typeof waitingTools>['mcpTools']['nodes'][number]

/** Reads the pending definitions of one server, without their changes. */
export const waitingDigests = graphql(`
  query WaitingDigests($serverId: ID!, $after: String) {
    mcpTools(first: 100, after: $after, filter: { quarantined: true, serverId: [$serverId] }, orderBy: { field: NAME }) {
      nodes { id quarantine { digest } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

export const approveTool = graphql(
  `mutation ApproveTool($id: ID!, $digest: String!) {
    approveMcpTool(input: { id: $id, digest: $digest }) {
      __typename
      ... on ApproveMcpToolPayload { tool { id } }
      ...Refusal
    }
  }`,
  [refusal],
)

const relevant = new Set(['McpToolChangesFlagged', 'McpToolApproved', 'McpServerToolsChanged', 'McpServerDeleted'])

/** Whether an event may change which definitions are pending. */
export const changesApprovals = ({ __typename }: FeedEvent): boolean => relevant.has(__typename)
