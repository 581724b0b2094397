// Looks up what a path names, or throws 404. Reads complete lists, because this API has no pages.
import { type McpServer, type McpTool, type Page, RegistryError, type TenantRegistry } from '@toolyard/core'

export async function serverOf({ servers }: TenantRegistry, id: string): Promise<McpServer> {
  const server = await servers.get(id)
  if (server) return server
  throw new RegistryError('NOT_FOUND', `No MCP server has the id ${id.slice(0, 100)}`)
}

/** Finds a tool that the server lists. Tools of other servers and removed tools are not found. */
export async function toolOf({ tools }: TenantRegistry, server: McpServer, id: string): Promise<McpTool> {
  const tool = await tools.get({ id })
  if (tool && tool.serverId === server.id && tool.removedAt === null) return tool
  throw new RegistryError('NOT_FOUND', `The MCP server "${server.name}" has no tool with the id ${id.slice(0, 100)}`)
}

/** Reads all nodes of a list, page by page. */
export async function everyNode<Node>(
  list: (page: { readonly first: number; readonly after: string | undefined }) => Promise<Page<Node>>,
): Promise<readonly Node[]> {
  const nodes: Node[] = []
  for (let after: string | undefined; ; ) {
    const { edges, pageInfo } = await list({ first: 100, after })
    nodes.push(...edges.map(({ node }) => node))
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return nodes
    after = pageInfo.endCursor
  }
}
