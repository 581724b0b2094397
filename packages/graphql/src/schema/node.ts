import {
  type IdKind,
  idKind,
  type McpPrompt,
  type McpResource,
  type McpResourceTemplate,
  type McpServer,
  type McpTool,
  type Refresh,
  RegistryError,
  type ToolRun,
} from '@toolyard/core'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'

export type AnyNode = McpServer | McpTool | McpResource | McpResourceTemplate | McpPrompt | Refresh | ToolRun

const maxNodes = 100
const serverTypes = { stdio: 'StdioMcpServer', sse: 'SseMcpServer', streamableHttp: 'StreamableHttpMcpServer' } as const

const typeNames = {
  tool: 'McpTool',
  resource: 'McpResource',
  resourceTemplate: 'McpResourceTemplate',
  prompt: 'McpPrompt',
  refresh: 'McpServerRefresh',
  run: 'ToolRun',
} as const satisfies Readonly<Record<Exclude<IdKind, 'server'>, string>>

export function serverTypeName({ transport }: Pick<McpServer, 'transport'>) {
  return serverTypes[transport]
}

/** Returns the object type of a node, by the prefix of its id. */
export function nodeTypeName(node: AnyNode): string {
  if ('transport' in node) return serverTypeName(node)
  const kind = idKind(node.id)
  return kind === undefined || kind === 'server' ? 'ToolRun' : typeNames[kind]
}

export const Node = builder.interfaceRef<AnyNode>('Node').implement({
  resolveType: nodeTypeName,
  fields: (t) => ({ id: t.exposeID('id') }),
})

async function load({ loaders }: Context, id: string): Promise<AnyNode | null> {
  switch (idKind(id)) {
    case 'server':
      return (await loaders.server.load(id)) ?? null
    case 'tool':
      return (await loaders.tool.load(id)) ?? null
    case 'refresh':
      return (await loaders.refresh.load(id)) ?? null
    case 'run':
      return (await loaders.run.load(id)) ?? null
    case 'resource':
      return (await loaders.resource.load(id)) ?? null
    case 'resourceTemplate':
      return (await loaders.resourceTemplate.load(id)) ?? null
    case 'prompt':
      return (await loaders.prompt.load(id)) ?? null
    case undefined:
      return null
  }
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_, { id }, context) => load(context, id),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.min(maxNodes, ids.length) }),
    args: { ids: t.arg.idList({ required: true }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > maxNodes) {
        const message = `ids: expected at most ${maxNodes}, got ${ids.length}`
        throw new RegistryError('INVALID_INPUT', message, { path: ['ids'] })
      }
      return Promise.all(ids.map((id) => load(context, id)))
    },
  }),
}))
