import { type FragmentOf, graphql, type ResultOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import { differenceFields } from './difference-fields.ts'

export const refreshServer = graphql(
  `mutation RefreshServer($input: RefreshMcpServerInput!) {
    refreshMcpServer(input: $input) {
      __typename
      ... on RefreshMcpServerPayload { deduplicated refresh { id status } }
      ...Refusal
    }
  }`,
  [refusal],
)

const changeCounts = graphql(`
  fragment ChangeCounts on McpListDifference { addedCount updatedCount deletedCount error { code } }
`)

const refreshRow = graphql(
  `fragment RefreshRow on McpServerRefresh {
    id
    status
    actor
    createdAt
    startedAt
    finishedAt
    addedCount
    updatedCount
    deletedCount
    unchangedCount
    error { code message }
    resources { ...ChangeCounts }
    resourceTemplates { ...ChangeCounts }
    prompts { ...ChangeCounts }
  }`,
  [changeCounts],
)
export type RefreshRow = FragmentOf<typeof refreshRow>

export const latestRefresh = graphql(`
  query LatestRefresh($serverId: ID!) {
    mcpServer(by: { id: $serverId }) { ... on McpServerBase { id latestRefresh { id } } }
  }
`)

export const refreshPage = graphql(
  `query RefreshPage($serverId: ID!, $after: String) {
    mcpServer(by: { id: $serverId }) {
      ... on McpServerBase {
        id
        refreshes(first: 25, after: $after) {
          nodes { ...RefreshRow }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }`,
  [refreshRow],
)

export const cancelJob = graphql(
  `mutation CancelJob($id: ID!) {
    cancelJob(input: { id: $id }) {
      __typename
      ... on JobActionPayload { job { id status } }
      ...Refusal
    }
  }`,
  [refusal],
)

export const refreshEvents = graphql(
  `subscription RefreshEvents($refreshId: ID!, $after: Cursor) {
    mcpServerRefreshEvents(refreshId: $refreshId, after: $after) {
      __typename
      ... on JobEvent { cursor at }
      ... on RefreshPhaseChanged { phase done total message }
      ... on RefreshLog { stream text leftOut }
      ... on RefreshToolChanged { change tool { id name warnings { code } quarantine { warnings { code } } } }
      ... on RefreshFinished {
        refresh {
          id
          status
          startedAt
          finishedAt
          unchangedCount
          error { code message retryable stderrTail systemCode httpStatus authentication }
          rejected { name reason }
          updated { tool { id name } changes { pointer before after } }
          resources { ...DifferenceFields }
          resourceTemplates { ...DifferenceFields }
          prompts { ...DifferenceFields }
        }
      }
    }
  }`,
  [differenceFields],
)
export type RefreshEvent = ResultOf<typeof refreshEvents>['mcpServerRefreshEvents']
export type FinishedRefresh = Extract<RefreshEvent, { __typename: 'RefreshFinished' }>['refresh']
export type ToolChange = FinishedRefresh['updated'][number]['changes'][number]
