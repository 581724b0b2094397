import type { McpEntry, McpKind } from '@toolyard/core'
import { builder } from './builder.ts'
import { type Connection, connectionType, given, pageCost } from './connections.ts'
import { nodeTypeName } from './node.ts'
import { McpPromptType, McpResourceTemplateType, McpResourceType, McpToolType } from './refs.ts'

type SearchNode = McpEntry['node']

const SearchNodeUnion = builder.unionType('McpSearchNode', {
  types: [McpToolType, McpResourceType, McpResourceTemplateType, McpPromptType],
  resolveType: nodeTypeName,
})
const McpSearchConnection = connectionType<SearchNode>('McpSearch', () => SearchNodeUnion, { ranked: 'ALWAYS' })

const kinds = ['TOOL', 'RESOURCE', 'RESOURCE_TEMPLATE', 'PROMPT'] as const satisfies McpKind[]
const Kind = builder.enumType('McpKind', { values: kinds })

builder.queryFields((t) => ({
  searchMcp: t.field({
    type: McpSearchConnection,
    description:
      'The tools, resources, templates and prompts that match the words best, by name, title, description, URI, properties, arguments and server. If nothing has all of the words, those with some.',
    complexity: pageCost,
    args: {
      query: t.arg.string({ required: true, description: 'At most 1,000 characters' }),
      kinds: t.arg({ type: [Kind], description: 'null: all' }),
      serverId: t.arg.idList({ description: 'Of these servers alone; null: of all' }),
      first: t.arg.int({ defaultValue: 10 }),
      after: t.arg.string(),
    },
    resolve: async (_, { query, kinds: only, serverId, ...args }, { registry }): Promise<Connection<SearchNode>> => {
      const filter = given({ kinds: only, serverId })
      const page = await registry.search(query, { ...given(args), filter })
      return { ...page, totalCount: () => registry.searchCount(query, filter) }
    },
  }),
}))
