import { type FragmentOf, graphql, type ResultOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'

const runRow = graphql(`
  fragment RunRow on ToolRun {
    id
    status
    serverName
    toolName
    createdAt
    durationMs
    error { code message }
  }
`)
export type RunRow = FragmentOf<typeof runRow>
export type RunStatus = RunRow['status']

/** What is shown of a content. */
export const contentFields = graphql(`
  fragment ContentFields on ContentBlock {
    __typename
    ... on TextContent { text }
    ... on ImageContent { mimeType base64 byteLength }
    ... on AudioContent { mimeType base64 byteLength }
    ... on EmbeddedResourceContent { uri anyMimeType: mimeType anyText: text anyBase64: base64 }
    ... on ResourceLinkContent { uri name title anyMimeType: mimeType }
    ... on UnknownContent { type raw }
  }
`)

const runDetails = graphql(
  `fragment RunDetails on ToolRun {
    ...RunRow
    args
    recordedArgs
    recordedResult
    traceId
    retriedFrom { id }
    actor
    approval { decision decidedBy decidedAt reason }
    tool { id }
    server { ... on McpServerBase { id } }
    error { retryable stderrTail canceledBy authentication }
    result {
      status
      isError
      structuredContent
      stdout
      stderr
      truncated
      content { ...ContentFields }
    }
  }`,
  [runRow, contentFields],
)
export type RunDetails = FragmentOf<typeof runDetails>
export type RunResult = NonNullable<RunDetails['result']>
export type ContentBlock = RunResult['content'][number]

export const runPage = graphql(
  `query RunPage($after: String, $filter: ToolRunFilter) {
    toolRuns(first: 50, after: $after, filter: $filter) {
      nodes { ...RunRow }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [runRow],
)

export const runById = graphql(`query RunById($id: ID!) { toolRun(id: $id) { ...RunDetails } }`, [runDetails])

export const startRun = graphql(
  `mutation StartRun($input: RunMcpToolInput!) {
    runMcpTool(input: $input) {
      __typename
      ... on RunMcpToolPayload { run { id status } }
      ... on ToolArgsError { issues { pointer keyword message } }
      ...Refusal
    }
  }`,
  [refusal],
)

export const runEvents = graphql(
  `subscription RunEvents($runId: ID!, $after: Cursor) {
    toolRunEvents(runId: $runId, after: $after) {
      __typename
      ... on JobEvent { cursor at }
      ... on ToolRunProgress { progress total message }
      ... on ToolRunOutput { stream text leftOut }
      ... on ToolRunFinished { run { ...RunDetails } }
    }
  }`,
  [runDetails],
)
export type RunEvent = ResultOf<typeof runEvents>['toolRunEvents']
