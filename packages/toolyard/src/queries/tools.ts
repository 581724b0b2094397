import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf, VariablesOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import { everyNode } from './paginate.ts'

export const toolFields = graphql(`
  fragment ToolFields on McpTool {
    id
    name
    qualifiedName
    title
    description
    inputSchema
    outputSchema
    annotations { readOnlyHint destructiveHint idempotentHint openWorldHint }
    enabled
    tags
    returnCharLimit
    recordArgs
    recordResults
    approvalPolicy
    heldHints { digest }
    schemaHealth { status reasons }
    warnings { code pointer message }
    quarantine { kind digest changes { pointer before after } warnings { code pointer message } }
    firstSeenAt
    updatedAt
    removedAt
    server { ... on McpServerBase { id name } }
  }
`)
export type ToolFields = ResultOf<typeof toolFields>

const toolsQuery = graphql(
  `query Tools($first: Int, $after: String, $filter: McpToolFilter) {
    mcpTools(first: $first, after: $after, filter: $filter) {
      nodes { ...ToolFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [toolFields],
)
const toolQuery = graphql(`query Tool($by: ToolRef!) { mcpTool(by: $by) { ...ToolFields } }`, [toolFields])

export type ToolFilter = NonNullable<VariablesOf<typeof toolsQuery>['filter']>

/** Reads the tools that the filter selects, by server and name. */
export async function readTools(
  client: GraphQLClient,
  filter: ToolFilter,
  signal: AbortSignal,
): Promise<readonly ToolFields[]> {
  const nodes = everyNode(async (page) => (await client.request(toolsQuery, { ...page, filter }, { signal })).mcpTools)
  const tools = await Array.fromAsync(nodes)
  const inOrder = new Intl.Collator('en').compare
  return tools.toSorted((a, b) => inOrder(a.server.name, b.server.name) || inOrder(a.name, b.name))
}

/** The reference that people write: `NAME/TOOL`. */
export function referenceOf({ server, name }: Pick<ToolFields, 'server' | 'name'>): string {
  return `${server.name}/${name}`
}

/** The server and the tool that a reference may mean: both names may hold slashes. */
export function splitsOf(reference: string): readonly { readonly server: string; readonly tool: string }[] {
  return [...reference.matchAll(/\//g)].flatMap(({ index }) => {
    const [server, tool] = [reference.slice(0, index), reference.slice(index + 1)]
    return server === '' || tool === '' ? [] : [{ server, tool }]
  })
}

/** Finds a tool by `NAME/TOOL` or id. Throws UsageError if there is no such tool. */
export async function findTool(client: GraphQLClient, reference: string, signal: AbortSignal): Promise<ToolFields> {
  const read = async (by: VariablesOf<typeof toolQuery>['by']) =>
    (await client.request(toolQuery, { by }, { signal })).mcpTool
  if (/^tool_\w+$/.test(reference)) {
    const tool = await read({ id: reference })
    if (tool) return tool
  }
  for (const qualified of splitsOf(reference)) {
    const tool = await read({ qualified })
    if (tool) return tool
  }
  const form = reference.includes('/') ? '' : ', expected SERVER/TOOL'
  throw new UsageError(`there is no tool "${printable(reference.slice(0, 300))}"${form}; see toolyard tools`)
}
