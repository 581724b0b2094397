import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import { refusal } from './exit-codes.ts'

/**
 * Members that only some kinds of content require have aliases, as GraphQL demands for their types; see `contentOf`.
 */
export const contentFields = graphql(`
  fragment ContentFields on ContentBlock {
    __typename
    ... on TextContent { text annotations meta }
    ... on ImageContent { mimeType base64 byteLength annotations meta }
    ... on AudioContent { mimeType base64 byteLength annotations meta }
    ... on EmbeddedResourceContent { uri anyMimeType: mimeType anyText: text anyBase64: base64 annotations meta }
    ... on ResourceLinkContent {
      uri
      name
      title
      description
      anyMimeType: mimeType
      size
      icons { src mimeType sizes }
      annotations
      meta
    }
    ... on UnknownContent { type raw }
  }
`)

const resultFields = graphql(
  `fragment ResultFields on ToolExecutionResult {
    status
    isError
    funcReturn
    structuredContent
    stdout
    stderr
    truncated
    meta
    content { ...ContentFields }
  }`,
  [contentFields],
)

/** What a server asks for in a run. */
export const askedInput = graphql(`
  fragment AskedInput on InputRequest {
    __typename
    ... on ElicitationFormRequest { key message requestedSchema expiresAt }
    ... on ElicitationUrlRequest { key message url expiresAt }
    ... on SamplingRequest { key params expiresAt }
  }
`)
export type AskedInput = ResultOf<typeof askedInput>

/** A run without its result, as in a list. */
export const runSummary = graphql(`
  fragment RunSummary on ToolRun {
    id
    status
    serverName
    toolName
    createdAt
    startedAt
    finishedAt
    durationMs
    actor
    error { code message retryable authentication canceledBy httpStatus jsonRpcCode stderrTail }
  }
`)
export type RunSummary = ResultOf<typeof runSummary>

/** The fields of a run that commands print. */
export const runFields = graphql(
  `fragment RunFields on ToolRun {
    ...RunSummary
    args
    metadata
    recordedArgs
    recordedResult
    approval { requestedAt decidedAt decision decidedBy reason }
    inputRound
    pendingInput { ...AskedInput }
    result { ...ResultFields }
  }`,
  [runSummary, resultFields, askedInput],
)
export type RunFields = ResultOf<typeof runFields>
type Block = NonNullable<RunFields['result']>['content'][number]

type Renamed<Member> = Member extends { readonly anyMimeType: infer MimeType }
  ? Omit<Member, 'anyMimeType' | 'anyText' | 'anyBase64'> & { readonly mimeType: MimeType } & (Member extends {
        readonly anyText: infer Text
        readonly anyBase64: infer Base64
      }
        ? { readonly text: Text; readonly base64: Base64 }
        : unknown)
  : Member
export type Content = Renamed<Block>

export function contentOf(block: Block): Content {
  if (block.__typename === 'EmbeddedResourceContent') {
    const { anyMimeType: mimeType, anyText: text, anyBase64: base64, ...rest } = block
    return { ...rest, mimeType, text, base64 }
  }
  if (block.__typename === 'ResourceLinkContent') {
    const { anyMimeType: mimeType, ...rest } = block
    return { ...rest, mimeType }
  }
  return block
}

/** A run with the names of the API. */
export type Run = Omit<RunFields, 'result'> & {
  readonly result: (Omit<NonNullable<RunFields['result']>, 'content'> & { readonly content: readonly Content[] }) | null
}

export function runOf({ result, ...run }: RunFields): Run {
  return { ...run, result: result && { ...result, content: result.content.map(contentOf) } }
}

export const runEvents = graphql(
  `subscription RunEvents($runId: ID!, $after: Cursor) {
    toolRunEvents(runId: $runId, after: $after) {
      __typename
      ... on JobEvent { cursor at jobId }
      ... on ToolRunProgress { progress total message leftOut }
      ... on ToolRunOutput { stream text leftOut }
      ... on ToolRunApprovalRequested { run { id status mayDecide } }
      ... on ToolRunInputRequested { requests { ...AskedInput } run { id status } }
      ... on ToolRunFinished { run { ...RunFields } }
    }
  }`,
  [runFields, askedInput],
)
type RunEventFields = ResultOf<typeof runEvents>['toolRunEvents']
type Finished = Extract<RunEventFields, { __typename: 'ToolRunFinished' }>
export type RunEvent = Exclude<RunEventFields, Finished> | (Omit<Finished, 'run'> & { readonly run: Run })

export function runEventOf(event: RunEventFields): RunEvent {
  return event.__typename === 'ToolRunFinished' ? { ...event, run: runOf(event.run) } : event
}

export const runTool = graphql(
  `mutation Run($input: RunMcpToolInput!) {
    runMcpTool(input: $input) {
      __typename
      ... on RunMcpToolPayload { deduplicated run { ...RunFields } }
      ... on ToolArgsError { issues { pointer keyword message } }
      ...Refusal
    }
  }`,
  [runFields, refusal],
)

export const toolFields = graphql(`
  fragment RunnableTool on McpTool {
    id
    name
    inputSchema
    returnCharLimit
    recordArgs
    recordResults
    server { ... on McpServerBase { id name } }
  }
`)
export type RunnableTool = ResultOf<typeof toolFields>
