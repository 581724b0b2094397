import type { VariablesOf } from 'gql.tada'
import { graphql } from '../client/document.ts'
import type { GraphQLClient } from '../client/graphql-client.ts'
import { UsageError } from './command-error.ts'
import { everyNode } from './every-page.ts'
import { nearest } from './nearest.ts'
import { printable } from './output/printable.ts'
import { type RunnableTool, toolFields } from './run-documents.ts'

const toolQuery = graphql(`query Tool($by: ToolRef!) { mcpTool(by: $by) { ...RunnableTool } }`, [toolFields])
const serverNamesQuery = graphql(`
  query ServerNames($first: Int, $after: String) {
    mcpServers(first: $first, after: $after) {
      nodes { ... on McpServerBase { id name } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
const toolNamesQuery = graphql(`
  query ToolNames($first: Int, $after: String, $serverId: ID!) {
    mcpTools(first: $first, after: $after, filter: { serverId: [$serverId] }) {
      nodes { name }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

interface QualifiedName {
  readonly server: string
  readonly tool: string
}

/** A slash may be part of either name: each one is tried as the one between them. */
export function qualifiedNames(text: string): readonly QualifiedName[] {
  const slashes = [...text.matchAll(/\//g)].map(({ index }) => index)
  return slashes
    .map((at) => ({ server: text.slice(0, at), tool: text.slice(at + 1) }))
    .filter(({ server, tool }) => server !== '' && tool !== '')
}

async function notFound(client: GraphQLClient, names: readonly QualifiedName[], signal: AbortSignal) {
  const servers = await Array.fromAsync(
    everyNode(async (page) => (await client.request(serverNamesQuery, page, { signal })).mcpServers),
  )
  for (const { server: serverName, tool } of names) {
    const server = servers.find(({ name }) => name === serverName)
    if (!server) continue
    const variables = { serverId: server.id }
    const tools = await Array.fromAsync(
      everyNode(async (page) => (await client.request(toolNamesQuery, { ...page, ...variables }, { signal })).mcpTools),
    )
    const toolNames = tools.map(({ name }) => name)
    const meant = nearest(tool, toolNames)
    const hint =
      meant !== undefined
        ? `did you mean ${printable(`${serverName}/${meant}`)}?`
        : tools.length === 0
          ? 'it has no tools; toolyard refresh reads them'
          : `toolyard tools ${printable(serverName)} shows what there is`
    return new UsageError(
      `the server "${printable(serverName)}" has no tool "${printable(tool.slice(0, 100))}"; ${hint}`,
    )
  }
  const [first] = names
  const given = first?.server ?? ''
  const serverNames = servers.map(({ name }) => name)
  const meant = nearest(given, serverNames)
  const hint = meant === undefined ? 'toolyard list shows what there is' : `did you mean ${printable(meant)}?`
  return new UsageError(`there is no server "${printable(given.slice(0, 100))}"; ${hint}`)
}

/** The tool of a name as in `NAME/TOOL`, or of an id. Throws UsageError that says what was probably meant. */
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
  throw new UsageError(`"${printable(text)}" is ${ids.join(' and ')}; give the id of the one that is meant`)
}
