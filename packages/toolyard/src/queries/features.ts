import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf, VariablesOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import { payloadOf, refusal } from './exit-codes.ts'
import { everyNode } from './paginate.ts'
import { type Content, contentFields, contentOf } from './run-documents.ts'
import { findServer } from './servers.ts'
import { splitsOf } from './tools.ts'

const resourceFields = graphql(`
  fragment ResourceFields on McpResource {
    id
    uri
    name
    title
    description
    mimeType
    size
    annotations
    firstSeenAt
    updatedAt
    removedAt
    server { ... on McpServerBase { id name } }
  }
`)
export type ResourceFields = ResultOf<typeof resourceFields>

const templateFields = graphql(`
  fragment ResourceTemplateFields on McpResourceTemplate {
    id
    uriTemplate
    name
    title
    description
    mimeType
    annotations
    firstSeenAt
    updatedAt
    removedAt
    server { ... on McpServerBase { id name } }
  }
`)
export type ResourceTemplateFields = ResultOf<typeof templateFields>

export const promptFields = graphql(`
  fragment PromptFields on McpPrompt {
    id
    name
    title
    description
    arguments { name title description required }
    firstSeenAt
    updatedAt
    removedAt
    server { ... on McpServerBase { id name } }
  }
`)
export type PromptFields = ResultOf<typeof promptFields>

const resourcesQuery = graphql(
  `query Resources($first: Int, $after: String, $filter: McpResourceFilter) {
    mcpResources(first: $first, after: $after, filter: $filter) {
      nodes { ...ResourceFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [resourceFields],
)
const templatesQuery = graphql(
  `query ResourceTemplates($first: Int, $after: String, $filter: McpResourceFilter) {
    mcpResourceTemplates(first: $first, after: $after, filter: $filter) {
      nodes { ...ResourceTemplateFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [templateFields],
)
const promptsQuery = graphql(
  `query Prompts($first: Int, $after: String, $filter: McpPromptFilter) {
    mcpPrompts(first: $first, after: $after, filter: $filter) {
      nodes { ...PromptFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [promptFields],
)
const promptQuery = graphql(`query Prompt($by: McpPromptRef!) { mcpPrompt(by: $by) { ...PromptFields } }`, [
  promptFields,
])
const readQuery = graphql(
  `query ReadResource($input: ReadMcpResourceInput!) {
    readMcpResource(input: $input) {
      __typename
      ... on ReadMcpResourcePayload { contents { uri mimeType text base64 annotations meta } freshUntil }
      ...Refusal
    }
  }`,
  [refusal],
)
const renderQuery = graphql(
  `query RenderPrompt($input: GetMcpPromptInput!) {
    getMcpPrompt(input: $input) {
      __typename
      ... on GetMcpPromptPayload { description messages { role content { ...ContentFields } } }
      ...Refusal
    }
  }`,
  [contentFields, refusal],
)

/** The server whose resources or prompts are asked for; undefined: all. */
type OfServer = { readonly id: string } | undefined

const inOrder = new Intl.Collator('en').compare

interface Listed {
  readonly name: string
  readonly server: { readonly name: string }
}

const byServerAndName = (a: Listed, b: Listed) => inOrder(a.server.name, b.server.name) || inOrder(a.name, b.name)

/** Reads resources and templates, by server and name. */
export async function readResources(client: GraphQLClient, server: OfServer, signal: AbortSignal) {
  const filter = server ? { serverId: [server.id] } : null
  const resources = everyNode(
    async (page) => (await client.request(resourcesQuery, { ...page, filter }, { signal })).mcpResources,
  )
  const templates = everyNode(
    async (page) => (await client.request(templatesQuery, { ...page, filter }, { signal })).mcpResourceTemplates,
  )
  return {
    resources: (await Array.fromAsync(resources)).toSorted(byServerAndName),
    templates: (await Array.fromAsync(templates)).toSorted(byServerAndName),
  }
}

/** Reads prompts, by server and name. */
export async function readPrompts(
  client: GraphQLClient,
  server: OfServer,
  signal: AbortSignal,
): Promise<readonly PromptFields[]> {
  const filter = server ? { serverId: [server.id] } : null
  const prompts = everyNode(
    async (page) => (await client.request(promptsQuery, { ...page, filter }, { signal })).mcpPrompts,
  )
  return (await Array.fromAsync(prompts)).toSorted(byServerAndName)
}

/** Finds a prompt by `NAME/PROMPT` or id. Throws UsageError if there is no such prompt. */
export async function findPrompt(client: GraphQLClient, reference: string, signal: AbortSignal): Promise<PromptFields> {
  const read = async (by: VariablesOf<typeof promptQuery>['by']) =>
    (await client.request(promptQuery, { by }, { signal })).mcpPrompt
  if (/^prmt_\w+$/.test(reference)) {
    const prompt = await read({ id: reference })
    if (prompt) return prompt
  }
  for (const { server, tool } of splitsOf(reference)) {
    const prompt = await read({ qualified: { server, prompt: tool } })
    if (prompt) return prompt
  }
  const form = reference.includes('/') ? '' : ', expected SERVER/PROMPT'
  throw new UsageError(`there is no prompt "${printable(reference.slice(0, 300))}"${form}; see toolyard prompts`)
}

/** Finds the id of a template by its server's name and its text. Throws UsageError if there is no such template. */
export async function findTemplate(
  client: GraphQLClient,
  serverName: string,
  uriTemplate: string,
  signal: AbortSignal,
): Promise<string> {
  const { id } = await findServer(client, serverName, signal)
  const filter = { serverId: [id], uri: { eq: uriTemplate } }
  const [found] = (await client.request(templatesQuery, { first: 1, filter }, { signal })).mcpResourceTemplates.nodes
  if (found) return found.id
  const text = `"${printable(serverName)}" has no template "${printable(uriTemplate.slice(0, 300))}"`
  throw new UsageError(`${text}; see toolyard resources ${printable(serverName)}`)
}

/** Asks the server for a resource. Throws CommandError if it is refused. */
export async function readResource(
  client: GraphQLClient,
  input: VariablesOf<typeof readQuery>['input'],
  signal: AbortSignal,
) {
  const { __typename: _, ...payload } = payloadOf(
    (await client.request(readQuery, { input }, { signal })).readMcpResource,
  )
  return payload
}
export type ReadContent = Awaited<ReturnType<typeof readResource>>['contents'][number]

/** A prompt with its arguments filled in. */
export interface RenderedPrompt {
  readonly description: string | null
  readonly messages: readonly { readonly role: 'USER' | 'ASSISTANT'; readonly content: Content }[]
}

/** Asks the server for the messages of a prompt. Throws CommandError if it is refused. */
export async function renderPrompt(
  client: GraphQLClient,
  input: VariablesOf<typeof renderQuery>['input'],
  signal: AbortSignal,
): Promise<RenderedPrompt> {
  const { description, messages } = payloadOf((await client.request(renderQuery, { input }, { signal })).getMcpPrompt)
  return { description, messages: messages.map(({ role, content }) => ({ role, content: contentOf(content) })) }
}
