import { type FragmentOf, graphql, type ResultOf } from '../api/graphql.ts'

/** The fields of a server that lists show. */
export const serverRow = graphql(`
  fragment ServerRow on McpServer {
    __typename
    ... on McpServerBase {
      id
      name
      description
      enabled
      status
      transport
      labels
      revision
      health { checkedAt latencyMs consecutiveFailures lastError { code message retryable authentication } }
      latestRefresh { id status }
      tools(first: 1) { totalCount }
    }
    ... on StreamableHttpMcpServer { auth { __typename ... on OAuthAuth { grant status requestedScopes } } }
    ... on SseMcpServer { auth { __typename ... on OAuthAuth { grant status requestedScopes } } }
  }
`)
export type ServerRow = FragmentOf<typeof serverRow>

export const serverRows = graphql(
  `query ServerRows($after: String) {
    mcpServers(first: 100, after: $after, orderBy: { field: NAME }) {
      nodes { ...ServerRow }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [serverRow],
)

export const feed = graphql(
  `subscription Feed($after: Cursor) {
    mcpServerEvents(after: $after, heartbeatMs: 1000) {
      __typename
      ... on Heartbeat { cursor }
      ... on EventGap { cursor }
      ... on McpServerCreated { cursor server { ...ServerRow } }
      ... on McpServerUpdated { cursor server { ...ServerRow } }
      ... on McpServerDeleted { cursor serverId }
      ... on McpServerStatusChanged { cursor server { ...ServerRow } }
      ... on McpServerToolsChanged { cursor refreshId server { ...ServerRow } }
      ... on McpServerResourcesChanged { cursor server { ...ServerRow } }
      ... on McpServerPromptsChanged { cursor server { ...ServerRow } }
      ... on McpToolChangesFlagged { cursor count quarantined server { ...ServerRow } }
      ... on McpServerAuthRequired { cursor reason server { ...ServerRow } }
      ... on McpToolApproved { cursor toolId server { ...ServerRow } }
      ... on McpToolRunPaused { cursor run { id } }
      ... on McpToolRunResumed { cursor run { id } }
    }
  }`,
  [serverRow],
)
export type FeedEvent = ResultOf<typeof feed>['mcpServerEvents']

/** The server that an event is about. */
export function serverIdOf(event: FeedEvent): string | undefined {
  if (event.__typename === 'McpServerDeleted') return event.serverId
  return 'server' in event ? event.server.id : undefined
}
