import { nearest } from '@toolyard/core/nearest'
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

/** Those that the filter selects, by name. */
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

/** For names that no server has: the nearest name, where there is one. */
export async function noServer(
  client: GraphQLClient,
  [name = '', ...others]: readonly string[],
  signal: AbortSignal,
): Promise<UsageError> {
  const quoted = [name, ...others].map((each) => `"${printable(each.slice(0, 100))}"`)
  const meant = others.length > 0 ? undefined : nearest(name, (await readServerNames(client, signal)).keys())
  const hint = meant === undefined ? 'toolyard list shows what there is' : `did you mean ${printable(meant)}?`
  return new UsageError(`there is no server ${quoted.join(', ')}; ${hint}`)
}

/** The ids of all servers, by name. */
export async function readServerNames(
  client: GraphQLClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const read = everyNode(async (page) => (await client.request(serverNamesQuery, page, { signal })).mcpServers)
  return new Map((await Array.fromAsync(read)).map(({ name, id }) => [name, id]))
}

/** The servers of these names or ids, each once. Throws UsageError that names those which are not there. */
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

/** The server of this name or id. Throws UsageError where there is none. */
export async function findServer(client: GraphQLClient, name: string, signal: AbortSignal): Promise<ServerFields> {
  const [server] = await findServers(client, [name], signal)
  if (!server) throw new Error(`Neither found nor missing: ${name}`)
  return server
}

/** What is run, or where it is. */
export function targetOf(server: ServerFields): string {
  return server.__typename === 'StdioMcpServer' ? [server.command, ...server.args].join(' ') : server.serverUrl
}
