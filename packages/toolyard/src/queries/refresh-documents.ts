import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'

/** The changes of a list beside that of tools. */
export const differenceFields = graphql(`
  fragment DifferenceFields on McpListDifference {
    added
    updated
    deleted
    addedCount
    updatedCount
    deletedCount
    unchangedCount
    rejected { name reason }
    error { code message }
  }
`)
export type DifferenceFields = ResultOf<typeof differenceFields>

/** The fields of a refresh that commands print: how it ended, and the difference. */
const refreshFields = graphql(
  `fragment RefreshFields on McpServerRefresh {
    id
    status
    server { ... on McpServerBase { id name } }
    createdAt
    startedAt
    finishedAt
    error { code message retryable authentication httpStatus jsonRpcCode stderrTail }
    added { id name warnings { pointer message } }
    updated {
      tool { id name warnings { pointer message } quarantine { warnings { pointer message } } }
      changes { pointer before after }
    }
    deleted { id name }
    unchangedCount
    rejected { name reason }
    resources { ...DifferenceFields }
    resourceTemplates { ...DifferenceFields }
    prompts { ...DifferenceFields }
  }
`,
  [differenceFields],
)
export type RefreshFields = ResultOf<typeof refreshFields>

export const refreshEvents = graphql(
  `subscription RefreshEvents($refreshId: ID!, $after: Cursor) {
    mcpServerRefreshEvents(refreshId: $refreshId, after: $after) {
      __typename
      ... on JobEvent { cursor at jobId }
      ... on RefreshPhaseChanged { phase done total message }
      ... on RefreshToolChanged { change tool { id name } }
      ... on RefreshLog { stream text leftOut }
      ... on RefreshFinished { refresh { ...RefreshFields } }
    }
  }`,
  [refreshFields],
)
export type RefreshEvent = ResultOf<typeof refreshEvents>['mcpServerRefreshEvents']
