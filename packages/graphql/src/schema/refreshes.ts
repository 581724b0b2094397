import type { McpTool, McpToolChange, Refresh, RefreshJobEvent } from '@toolyard/core'
import { nothingListed, RegistryError } from '@toolyard/core'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { longListCost } from './connections.ts'
import { Job, JobEvent, leftOut } from './jobs.ts'
import { McpListDifference } from './list-differences.ts'
import { listed, long } from './long-fields.ts'
import { Node } from './node.ts'
import { McpServerRefresh, McpServerUnion, McpToolChangeType, McpToolType } from './refs.ts'
import { Rejected } from './rejected.ts'

McpToolChangeType.implement({
  description: [
    'One changed field; `pointer` is a JSON Pointer into the tool definition, as in /inputSchema/properties/q/type. If more',
    'than 1,000 values of a tool have changed, whole fields are listed; "" alone means more than a refresh records.',
  ].join('\n'),
  fields: (t) => ({
    pointer: t.exposeString('pointer'),
    before: t.field({ ...long, type: 'JSON', nullable: true, resolve: ({ before }) => before ?? null }),
    after: t.field({ ...long, type: 'JSON', nullable: true, resolve: ({ after }) => after ?? null }),
  }),
})
export const ToolUpdate = builder
  .objectRef<{ tool: McpTool; changes: readonly McpToolChange[] }>('McpToolUpdate')
  .implement({
    fields: (t) => ({
      tool: t.field({ type: McpToolType, resolve: ({ tool }) => tool }),
      changes: t.field({
        type: [McpToolChangeType],
        resolve: ({ changes }, _, context, info) => listed(changes, context, info),
      }),
    }),
  })

/** Most tools of one read: a refresh may have more than the registry reads at once. */
const readAtOnce = 500

async function loadTools(ids: readonly string[], { loaders }: Context): Promise<readonly (McpTool | undefined)[]> {
  const tools: (McpTool | undefined)[] = []
  for (let at = 0; at < ids.length; at += readAtOnce) {
    tools.push(...(await Promise.all(ids.slice(at, at + readAtOnce).map((id) => loaders.tool.load(id)))))
  }
  return tools
}

/** Loads the tools of these ids, without those of a server that has been deleted since. */
async function toolsOf(ids: readonly string[], context: Context, info: GraphQLResolveInfo): Promise<McpTool[]> {
  const tools = await loadTools(listed(ids, context, info), context)
  return tools.flatMap((tool) => tool ?? [])
}

const withoutDeleted = 'Without the tools of a server that has been deleted since.'

McpServerRefresh.implement({
  interfaces: [Node, Job],
  fields: (t) => ({
    server: t.field({
      type: McpServerUnion,
      nullable: true,
      resolve: async ({ serverId }, _, { loaders }) => (await loaders.server.load(serverId)) ?? null,
    }),
    added: t.field({
      type: [McpToolType],
      complexity: longListCost,
      description: withoutDeleted,
      resolve: ({ outcome }, _, context, info) => toolsOf(outcome.added, context, info),
    }),
    updated: t.field({
      type: [ToolUpdate],
      complexity: longListCost,
      description: withoutDeleted,
      resolve: async ({ outcome }, _, context, info) => {
        const outcomes = listed(outcome.updated, context, info)
        const tools = await loadTools(
          outcomes.map(({ toolId }) => toolId),
          context,
        )
        return outcomes.flatMap(({ changes }, index) => {
          const tool = tools[index]
          return tool ? [{ tool, changes }] : []
        })
      },
    }),
    deleted: t.field({
      type: [McpToolType],
      complexity: longListCost,
      description: withoutDeleted,
      resolve: ({ outcome }, _, context, info) => toolsOf(outcome.deleted, context, info),
    }),
    addedCount: t.int({ resolve: ({ outcome }) => outcome.added.length }),
    updatedCount: t.int({ resolve: ({ outcome }) => outcome.updated.length }),
    deletedCount: t.int({
      description: 'Also of a server that has been deleted since',
      resolve: ({ outcome }) => outcome.deleted.length,
    }),
    unchangedCount: t.int({ resolve: ({ outcome }) => outcome.unchangedCount }),
    rejected: t.field({
      type: [Rejected],
      complexity: longListCost,
      description:
        'Tools that the server listed and the registry rejected, each with the reason; the others are stored nevertheless',
      resolve: ({ outcome }, _, context, info) => listed(outcome.rejected, context, info),
    }),
    resources: t.field({ type: McpListDifference, resolve: ({ outcome }) => outcome.resources ?? nothingListed }),
    resourceTemplates: t.field({
      type: McpListDifference,
      resolve: ({ outcome }) => outcome.resourceTemplates ?? nothingListed,
    }),
    prompts: t.field({ type: McpListDifference, resolve: ({ outcome }) => outcome.prompts ?? nothingListed }),
  }),
})

type EventOf<Type extends RefreshJobEvent['type']> = Extract<RefreshJobEvent, { type: Type }>

async function refreshOf({ jobId }: { jobId: string }, _: object, { loaders }: Context): Promise<Refresh> {
  const refresh = await loaders.refresh.load(jobId)
  if (!refresh) throw new RegistryError('NOT_FOUND', `No refresh has the id ${jobId}`)
  return refresh
}

const RefreshStarted = builder.objectRef<EventOf<'RefreshStarted'>>('RefreshStarted').implement({
  interfaces: [JobEvent],
  fields: (t) => ({ refresh: t.field({ type: McpServerRefresh, resolve: refreshOf }) }),
})
const RefreshPhaseChanged = builder.objectRef<EventOf<'RefreshPhaseChanged'>>('RefreshPhaseChanged').implement({
  interfaces: [JobEvent],
  fields: (t) => ({
    phase: t.field({
      type: builder.enumType('RefreshPhase', {
        values: ['CONNECTING', 'NEGOTIATING', 'AUTHORIZING', 'LISTING', 'DIFFING', 'PERSISTING'] as const,
      }),
      resolve: ({ phase }) => phase,
    }),
    done: t.exposeInt('done'),
    total: t.int({ nullable: true, resolve: ({ total }) => total ?? null }),
    message: t.string({ nullable: true, resolve: ({ message }) => message ?? null }),
  }),
})
const RefreshToolChanged = builder.objectRef<EventOf<'RefreshToolChanged'>>('RefreshToolChanged').implement({
  interfaces: [JobEvent],
  fields: (t) => ({
    change: t.field({
      type: builder.enumType('ToolChange', { values: ['ADDED', 'UPDATED', 'DELETED'] as const }),
      resolve: ({ change }) => change,
    }),
    tool: t.field({ type: McpToolType, resolve: ({ tool }) => tool }),
  }),
})
const RefreshLog = builder.objectRef<EventOf<'RefreshLog'>>('RefreshLog').implement({
  interfaces: [JobEvent],
  fields: (t) => ({
    stream: t.field({
      type: builder.enumType('LogStream', { values: ['STDERR', 'PROTOCOL'] as const }),
      resolve: ({ stream }) => stream,
    }),
    text: t.exposeString('text', { description: 'One line or several' }),
    leftOut: t.int({ description: leftOut, resolve: (event) => event.leftOut ?? 0 }),
  }),
})
const RefreshFinished = builder.objectRef<EventOf<'RefreshFinished'>>('RefreshFinished').implement({
  description: 'Terminal: always the last event, then the stream completes',
  interfaces: [JobEvent],
  fields: (t) => ({ refresh: t.field({ type: McpServerRefresh, resolve: refreshOf }) }),
})
const McpServerRefreshEvent = builder.unionType('McpServerRefreshEvent', {
  types: [RefreshStarted, RefreshPhaseChanged, RefreshToolChanged, RefreshLog, RefreshFinished],
  resolveType: ({ type }) => type,
})

builder.queryField('mcpServerRefresh', (t) =>
  t.field({
    type: McpServerRefresh,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { loaders }) => (await loaders.refresh.load(id)) ?? null,
  }),
)

builder.subscriptionField('mcpServerRefreshEvents', (t) =>
  t.field({
    type: McpServerRefreshEvent,
    args: { refreshId: t.arg.id({ required: true }), after: t.arg({ type: 'Cursor' }) },
    subscribe: async (_, { refreshId, after }, { registry, loaders }) => {
      if (!(await loaders.refresh.load(refreshId))) {
        throw new RegistryError('NOT_FOUND', `No refresh has the id ${refreshId.slice(0, 100)}`, {
          path: ['refreshId'],
        })
      }
      return registry.refreshes.events(refreshId, { after: after ?? undefined })
    },
    resolve: (event: RefreshJobEvent) => event,
  }),
)
