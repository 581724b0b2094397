import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'

/** The live feed. It names tools by id only; their refresh has more. */
export const feed = graphql(`
  subscription Feed($serverId: ID, $after: Cursor, $heartbeatMs: Int) {
    mcpServerEvents(serverId: $serverId, after: $after, heartbeatMs: $heartbeatMs) {
      __typename
      ... on Heartbeat { cursor at }
      ... on EventGap { cursor at }
      ... on McpServerCreated { cursor at server { ...FeedServer } }
      ... on McpServerUpdated { cursor at server { ...FeedServer } }
      ... on McpServerDeleted { cursor at serverId }
      ... on McpServerStatusChanged { cursor at from to server { ...FeedServer } }
      ... on McpServerToolsChanged { cursor at refreshId server { ...FeedServer } }
      ... on McpServerResourcesChanged { cursor at server { ...FeedServer } }
      ... on McpServerPromptsChanged { cursor at server { ...FeedServer } }
      ... on McpToolChangesFlagged { cursor at refreshId count quarantined toolIds server { ...FeedServer } }
      ... on McpServerAuthRequired { cursor at scopes reason server { ...FeedServer } }
      ... on McpToolRunPaused { cursor at run { id toolName serverName status } }
      ... on McpToolRunResumed { cursor at run { id toolName serverName status } }
      ... on McpToolApproved { cursor at toolId server { ...FeedServer } }
    }
  }
  fragment FeedServer on McpServer { ... on McpServerBase { id name status } }
`)
export type FeedEvent = ResultOf<typeof feed>['mcpServerEvents']
