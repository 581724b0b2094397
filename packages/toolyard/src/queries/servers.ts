import { nearest } from '@toolyard/core/internal/nearest'
import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import type { VariablesOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import { type ServerFields, serverFields } from './documents.ts'
import { everyNode } from './paginate.ts'

const serversQuery = graphql(
  `query Servers($first: Int, $after: String, $filter: McpServerFilter) {
    mcpServers(first: $first, after: $after, filter: $filter) {
      nodes { ...ServerFields }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [serverFields],
)
const serverQuery = graphql(`query Server($by: McpServerBy!) { mcpServer(by: $by) { ...ServerFields } }`, [
  serverFields,
])

const serverNamesQuery = graphql(`
  query ServerNames($first: Int, $after: String) {
    mcpServers(first: $first, after: $after) {
      nodes { ... on McpServerBase { id name } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

export type ServerFilter = NonNullable<VariablesOf<typeof serversQuery>['filter']>

/** Reads the servers that the filter selects, by name. */
export async function readServers(
  client: GraphQLClient,
  filter: ServerFilter | null,
  signal: AbortSignal,
): Promise<readonly ServerFields[]> {
  const nodes = everyNode(
    async (page) => (await client.request(serversQuery, { ...page, filter }, { signal })).mcpServers,
  )
  return Array.fromAsync(nodes)
}

/** The error for names that no server has, with the nearest name, if there is one. */
export async function noServer(
  client: GraphQLClient,
  [name = '', ...others]: readonly string[],
  signal: AbortSignal,
): Promise<UsageError> {
  const quoted = [name, ...others].map((each) => `"${printable(each.slice(0, 100))}"`)
  const meant = others.length > 0 ? undefined : nearest(name, (await readServerNames(client, signal)).keys())
  const hint = meant === undefined ? 'see toolyard list' : `did you mean ${printable(meant)}?`
  return new UsageError(`there is no server ${quoted.join(', ')}; ${hint}`)
}

/** Reads the ids of all servers, by name. */
export async function readServerNames(
  client: GraphQLClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const read = everyNode(async (page) => (await client.request(serverNamesQuery, page, { signal })).mcpServers)
  return new Map((await Array.fromAsync(read)).map(({ name, id }) => [name, id]))
}

/** Finds servers by name or id, each once. Throws UsageError that names the missing ones. */
export async function findServers(
  client: GraphQLClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly ServerFields[]> {
  const read = async (by: VariablesOf<typeof serverQuery>['by']) =>
    (await client.request(serverQuery, { by }, { signal })).mcpServer
  const found = await Promise.all(
    names.map(async (name) => (await read({ name })) ?? (name.startsWith('mcps_') ? await read({ id: name }) : null)),
  )
  const missing = names.filter((_, index) => !found[index])
  if (missing.length > 0) throw await noServer(client, missing, signal)
  return [...new Map(found.flatMap((server) => (server ? [[server.id, server]] : []))).values()]
}

/** Finds a server by name or id. Throws UsageError if there is no such server. */
export async function findServer(client: GraphQLClient, name: string, signal: AbortSignal): Promise<ServerFields> {
  const [server] = await findServers(client, [name], signal)
  if (!server) throw new Error(`Neither found nor missing: ${name}`)
  return server
}

/** The command of a server, or its URL. */
export function targetOf(server: ServerFields): string {
  return server.__typename === 'StdioMcpServer' ? [server.command, ...server.args].join(' ') : server.serverUrl
}
