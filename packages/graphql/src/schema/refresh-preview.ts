import type { JsonObject, ListedMcpTool, McpServer, RefreshPreview } from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { longListCost } from './connections.ts'
import { McpListDifference } from './list-differences.ts'
import { listed, long } from './long-fields.ts'
import { ToolUpdate } from './refreshes.ts'
import { McpServerUnion, McpToolType } from './refs.ts'
import { Rejected } from './rejected.ts'
import { callTimeouts, McpTimeoutsInput, toCallerContext, VariableInput } from './server-inputs.ts'
import { SchemaHealth, Warning } from './tools.ts'
import { resultType } from './user-errors.ts'

const Listed = builder.objectRef<ListedMcpTool>('ListedMcpTool').implement({
  description: 'A tool as its server lists it, stored or not',
  fields: (t) => ({
    name: t.string({ resolve: ({ name }) => name }),
    definition: t.field({
      ...long,
      type: 'JSONObject',
      // As in McpToolQuarantine: a definition is parsed JSON.
      resolve: ({ definition }) => definition as unknown as JsonObject,
    }),
    schemaHealth: t.field({ type: SchemaHealth, resolve: ({ schemaHealth }) => schemaHealth }),
    warnings: t.field({ type: [Warning], resolve: ({ warnings }) => [...warnings] }),
  }),
})

const PreviewMcpServerRefreshInput = builder.inputType('PreviewMcpServerRefreshInput', {
  description: [
    'Lists the tools of the server like a refresh, waits for them, and stores none. The status and the last error of the',
    'server are stored as usual. `timeouts`, `agentId` and `variables` as in RefreshMcpServerInput.',
  ].join('\n'),
  fields: (t) => ({
    id: t.id({ required: true }),
    timeouts: t.field({ type: McpTimeoutsInput, description: callTimeouts }),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
  }),
})

interface Preview extends Omit<RefreshPreview, 'added'> {
  readonly server: McpServer
  readonly added: readonly ListedMcpTool[]
}

const PreviewMcpServerRefreshPayload = builder.objectRef<Preview>('PreviewMcpServerRefreshPayload').implement({
  description: 'What a refresh would change now',
  fields: (t) => ({
    server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
    added: t.field({
      type: [Listed],
      complexity: longListCost,
      resolve: ({ added: items }, _, context, info) => listed(items, context, info),
    }),
    updated: t.field({
      type: [ToolUpdate],
      complexity: longListCost,
      description: '`tool` as stored; `changes` to the definition that the server lists',
      resolve: ({ updated }, _, context, info) => listed(updated, context, info),
    }),
    deleted: t.field({
      type: [McpToolType],
      complexity: longListCost,
      resolve: ({ deleted: items }, _, context, info) => listed(items, context, info),
    }),
    unchangedCount: t.exposeInt('unchangedCount'),
    rejected: t.field({
      type: [Rejected],
      complexity: longListCost,
      resolve: ({ rejected: items }, _, context, info) => listed(items, context, info),
    }),
    resources: t.field({ type: McpListDifference, resolve: ({ resources }) => resources }),
    resourceTemplates: t.field({ type: McpListDifference, resolve: ({ resourceTemplates }) => resourceTemplates }),
    prompts: t.field({ type: McpListDifference, resolve: ({ prompts }) => prompts }),
    listed: t.field({
      type: [Listed],
      complexity: longListCost,
      description: 'All tools that the server lists and the registry accepts',
      resolve: ({ listed: items }, _, context, info) => listed(items, context, info),
    }),
    connectMs: t.int({
      description: 'Time to open the session: about 0 if one was open',
      resolve: ({ connectMs }) => Math.round(connectMs),
    }),
    listMs: t.int({
      description: 'Time to read all pages of all lists',
      resolve: ({ listMs }) => Math.round(listMs),
    }),
  }),
})
const preview = resultType('PreviewMcpServerRefresh', PreviewMcpServerRefreshPayload, ['InputError', 'McpError'])

builder.mutationField('previewMcpServerRefresh', (t) =>
  t.field({
    type: preview.union,
    nullable: true,
    args: { input: t.arg({ type: PreviewMcpServerRefreshInput, required: true }) },
    resolve: (_, { input }, { registry, loaders }) =>
      preview.settle(async () => {
        const previewed = await registry.servers.refresh(input.id, { ...toCallerContext(input), dryRun: true })
        const server = await loaders.server.load(input.id)
        if (!server)
          throw new RegistryError('NOT_FOUND', `The server ${input.id} was deleted during the preview`, {
            path: ['id'],
          })
        const { added: _, ...preview } = previewed
        return { ...preview, server, added: preview.listed.filter(({ isAdded }) => isAdded) }
      }),
  }),
)
