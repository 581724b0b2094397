import { nearest } from '@toolyard/core/internal/nearest'
import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { VariablesOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import { serverFields } from '../queries/documents.ts'
import { everyNode } from '../queries/paginate.ts'
import { type RunnableTool, toolFields } from '../queries/run-documents.ts'
import { noServer, readServerNames } from '../queries/servers.ts'
import { connectHint, wantsOAuth } from '../views/connect-hint.ts'
import { failureOf } from '../views/refresh-lines.ts'

const toolQuery = graphql(`query Tool($by: ToolRef!) { mcpTool(by: $by) { ...RunnableTool } }`, [toolFields])
const toolNamesQuery = graphql(`
  query ToolNames($first: Int, $after: String, $serverId: ID!) {
    mcpTools(first: $first, after: $after, filter: { serverId: [$serverId] }) {
      nodes { name }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

const latestRefreshQuery = graphql(
  `query LatestRefresh($by: McpServerBy!) {
    mcpServer(by: $by) {
      ...ServerFields
      ... on McpServerBase { latestRefresh { status error { code message authentication stderrTail } } }
    }
  }`,
  [serverFields],
)

interface QualifiedName {
  readonly server: string
  readonly tool: string
}

/** Splits a text at each slash, as both names may contain slashes. */
export function qualifiedNames(text: string): readonly QualifiedName[] {
  const slashes = [...text.matchAll(/\//g)].map(({ index }) => index)
  return slashes
    .map((at) => ({ server: text.slice(0, at), tool: text.slice(at + 1) }))
    .filter(({ server, tool }) => server !== '' && tool !== '')
}

/** Says why a server has no tools: the error of its last refresh, or that it lists none. */
async function noTools(client: GraphQLClient, serverId: string, signal: AbortSignal): Promise<string> {
  const { mcpServer } = await client.request(latestRefreshQuery, { by: { id: serverId } }, { signal })
  const refresh = mcpServer?.latestRefresh
  if (!refresh?.error) return 'it has no tools; toolyard refresh reads them'
  const next = mcpServer && wantsOAuth(mcpServer, refresh.error) ? `; ${connectHint(mcpServer)}` : ''
  const said = refresh.error.stderrTail.findLast((line) => line.trim() !== '')
  const wrote = said === undefined ? '' : ` (it wrote: ${printable(said.slice(0, 300))})`
  return `it has no tools, as its last refresh failed: ${failureOf(refresh)}${wrote}${next}`
}

async function notFound(client: GraphQLClient, names: readonly QualifiedName[], signal: AbortSignal) {
  const servers = await readServerNames(client, signal)
  for (const { server: serverName, tool } of names) {
    const serverId = servers.get(serverName)
    if (serverId === undefined) continue
    const tools = await Array.fromAsync(
      everyNode(async (page) => (await client.request(toolNamesQuery, { ...page, serverId }, { signal })).mcpTools),
    )
    const toolNames = tools.map(({ name }) => name)
    const meant = nearest(tool, toolNames)
    const hint =
      meant !== undefined
        ? `did you mean ${printable(`${serverName}/${meant}`)}?`
        : tools.length === 0
          ? await noTools(client, serverId, signal)
          : `see toolyard tools ${printable(serverName)}`
    return new UsageError(
      `the server "${printable(serverName)}" has no tool "${printable(tool.slice(0, 100))}"; ${hint}`,
    )
  }
  return noServer(
    client,
    names.slice(0, 1).map(({ server }) => server),
    signal,
  )
}

/** Finds a tool by `NAME/TOOL` or id. Throws UsageError that suggests the nearest name. */
export async function findTool(client: GraphQLClient, text: string, signal: AbortSignal): Promise<RunnableTool> {
  const read = async (by: VariablesOf<typeof toolQuery>['by']) =>
    (await client.request(toolQuery, { by }, { signal })).mcpTool
  const names = qualifiedNames(text)
  if (names.length === 0) {
    const tool = text.startsWith('tool_') ? await read({ id: text }) : null
    if (tool) return tool
    throw new UsageError(`expected NAME/TOOL, a server and a tool of it, got "${printable(text.slice(0, 100))}"`)
  }
  const found = (await Promise.all(names.map((qualified) => read({ qualified })))).flatMap((tool) => tool ?? [])
  const [tool, ...others] = found
  if (!tool) throw await notFound(client, names, signal)
  if (others.length === 0) return tool
  const ids = found.map(({ id, server, name }) => `${printable(name)} of ${printable(server.name)} (${id})`)
  throw new UsageError(`"${printable(text)}" matches ${ids.join(' and ')}; use an id`)
}
