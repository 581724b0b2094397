import { graphql, type ResultOf, type VariablesOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import type { FeedEvent } from '../live/feed-document.ts'
import { contentFields } from '../runs/run-documents.ts'

export const resourcePage = graphql(`
  query ResourcePage($serverId: ID!, $first: Int!, $after: String, $uri: StringFilter) {
    mcpResources(first: $first, after: $after, filter: { serverId: [$serverId], uri: $uri }) {
      nodes { id uri name title description mimeType size updatedAt }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }
`)

export const templatePage = graphql(`
  query TemplatePage($serverId: ID!, $first: Int!, $after: String, $uri: StringFilter) {
    mcpResourceTemplates(first: $first, after: $after, filter: { serverId: [$serverId], uri: $uri }) {
      nodes { id uriTemplate name title description mimeType }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }
`)
export type TemplateRow = ResultOf<typeof templatePage>['mcpResourceTemplates']['nodes'][number]

export const promptPage = graphql(`
  query PromptPage($serverId: ID!, $first: Int!, $after: String, $name: StringFilter) {
    mcpPrompts(first: $first, after: $after, filter: { serverId: [$serverId], name: $name }) {
      nodes { id name title description arguments { name title description required } }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }
`)
export type PromptRow = ResultOf<typeof promptPage>['mcpPrompts']['nodes'][number]

export const readResource = graphql(
  `query ReadResource($input: ReadMcpResourceInput!) {
    readMcpResource(input: $input) {
      __typename
      ... on ReadMcpResourcePayload { contents { uri mimeType text base64 } freshUntil }
      ...Refusal
    }
  }`,
  [refusal],
)
type ReadAnswer = NonNullable<ResultOf<typeof readResource>['readMcpResource']>
export type ReadResource = Extract<ReadAnswer, { __typename: 'ReadMcpResourcePayload' }>
export type ResourceContent = ReadResource['contents'][number]
/** What is read: a resource, or a template with its values. */
export type ReadTarget = Pick<VariablesOf<typeof readResource>['input'], 'resource' | 'template'>

export const renderPrompt = graphql(
  `query RenderPrompt($input: GetMcpPromptInput!) {
    getMcpPrompt(input: $input) {
      __typename
      ... on GetMcpPromptPayload { description messages { role content { ...ContentFields } } }
      ... on ToolArgsError { issues { pointer keyword message } }
      ...Refusal
    }
  }`,
  [refusal, contentFields],
)
type RenderAnswer = NonNullable<ResultOf<typeof renderPrompt>['getMcpPrompt']>
export type RenderedPrompt = Extract<RenderAnswer, { __typename: 'GetMcpPromptPayload' }>

export const completeArgument = graphql(
  `query CompleteArgument($input: CompleteMcpArgumentInput!) {
    completeMcpArgument(input: $input) {
      __typename
      ... on CompleteMcpArgumentPayload { values hasMore }
      ...Refusal
    }
  }`,
  [refusal],
)
/** What a completion is for: a prompt or a template. */
export type CompletedRef = Pick<VariablesOf<typeof completeArgument>['input'], 'prompt' | 'templateId'>

const changing = { resources: 'McpServerResourcesChanged', prompts: 'McpServerPromptsChanged' } as const

/** Whether an event may change a list of the server. */
export const changesList =
  (kind: keyof typeof changing, serverId: string) =>
  (event: FeedEvent): boolean =>
    event.__typename === changing[kind] && event.server.id === serverId
