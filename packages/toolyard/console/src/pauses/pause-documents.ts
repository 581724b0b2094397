import { graphql, type ResultOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import type { FeedEvent } from '../live/feed-document.ts'
import { askedInput } from './input-documents.ts'

/** What a person needs to know of a run to decide it, or to answer what its server asks for. */
const pausedRun = graphql(
  `fragment PausedRun on ToolRun {
    id
    status
    serverName
    toolName
    args
    recordedArgs
    actor
    createdAt
    approval { requestedAt }
    inputRound
    pendingInput { ...AskedInput }
    server { ... on McpServerBase { id } }
    tool { id description annotations { readOnlyHint destructiveHint } }
  }`,
  [askedInput],
)

export const pausedRuns = graphql(
  `query PausedRuns($first: Int!, $after: String) {
    toolRuns(first: $first, after: $after, filter: { status: [AWAITING_APPROVAL, INPUT_REQUIRED] }) {
      nodes { ...PausedRun }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [pausedRun],
)
export type PausedRun = ResultOf<typeof pausedRuns>['toolRuns']['nodes'][number]

export const pausedRunById = graphql(`query PausedRunById($id: ID!) { toolRun(id: $id) { ...PausedRun } }`, [pausedRun])

export const pausedRunCount = graphql(`
  query PausedRunCount {
    approvals: toolRuns(first: 1, filter: { status: [AWAITING_APPROVAL] }) { totalCount }
    answers: toolRuns(first: 1, filter: { status: [INPUT_REQUIRED] }) { totalCount }
  }
`)

export const decideRun = graphql(
  `mutation DecideRun($input: DecideToolRunInput!) {
    decideToolRun(input: $input) {
      __typename
      ... on JobActionPayload { job { id status } }
      ...Refusal
    }
  }`,
  [refusal],
)
export type Decision = 'APPROVED' | 'REJECTED'

/** Whether an event may change which runs wait. */
export const changesPausedRuns = ({ __typename }: FeedEvent): boolean =>
  __typename === 'McpToolRunPaused' || __typename === 'McpToolRunResumed'
