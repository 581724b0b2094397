import { RegistryError, type RegistryEvent, type ToolRun } from '@toolyard/core'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { McpServerStatusEnum } from './filters.ts'
import { McpServerUnion, ToolRunType } from './refs.ts'

type EventOf<Type extends RegistryEvent['type']> = Extract<RegistryEvent, { type: Type }>

const defaultHeartbeatMs = 15_000

/** Creates the type of an event with its place in the feed. */
function located<Type extends RegistryEvent['type']>(name: Type, description?: string) {
  const ref = builder.objectRef<EventOf<Type>>(name)
  ref.implement({
    ...(description === undefined ? {} : { description }),
    fields: (t) => ({
      cursor: t.field({ type: 'Cursor', resolve: ({ cursor }) => cursor }),
      at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    }),
  })
  return ref
}

const Created = located('McpServerCreated')
const Updated = located('McpServerUpdated')
const Deleted = located('McpServerDeleted')
const StatusChanged = located('McpServerStatusChanged')
const AuthRequired = located(
  'McpServerAuthRequired',
  'Only the owner can make the server usable, or usable with more scopes: see beginMcpAuth',
)
const ToolsChanged = located('McpServerToolsChanged')
const ResourcesChanged = located('McpServerResourcesChanged', 'Its resources or resource templates have changed')
const PromptsChanged = located('McpServerPromptsChanged')
const ChangesFlagged = located(
  'McpToolChangesFlagged',
  "New or changed tools that the server's `toolChangePolicy` flags for review",
)
const ToolApproved = located('McpToolApproved')
const RunPaused = located(
  'McpToolRunPaused',
  'A run waits for an approval or an answer: see decideToolRun and answerToolRunInput',
)
const RunResumed = located('McpToolRunResumed', 'A run waits no more: it goes on, or has ended')
const Gap = located('EventGap', 'The `after` cursor is older than the retained events: re-query, then continue')
const Heartbeat = located('Heartbeat', 'Repeats the last cursor while nothing happens')

builder.objectField(Created, 'server', (t) => t.field({ type: McpServerUnion, resolve: ({ server }) => server }))
builder.objectField(Updated, 'server', (t) => t.field({ type: McpServerUnion, resolve: ({ server }) => server }))
builder.objectField(Deleted, 'serverId', (t) => t.exposeID('serverId'))
builder.objectFields(StatusChanged, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  from: t.field({ type: McpServerStatusEnum, resolve: ({ from }) => from }),
  to: t.field({ type: McpServerStatusEnum, resolve: ({ to }) => to }),
}))
builder.objectFields(AuthRequired, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  scopes: t.field({ type: ['String'], resolve: ({ scopes }) => [...scopes] }),
  reason: t.exposeString('reason'),
}))
builder.objectFields(ToolsChanged, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  refreshId: t.exposeID('refreshId'),
}))
builder.objectFields(ResourcesChanged, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  refreshId: t.exposeID('refreshId', { nullable: true }),
}))
builder.objectFields(PromptsChanged, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  refreshId: t.exposeID('refreshId', { nullable: true }),
}))

builder.objectFields(ChangesFlagged, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  refreshId: t.exposeID('refreshId'),
  toolIds: t.field({ type: ['ID'], description: 'The first 100', resolve: ({ toolIds }) => [...toolIds] }),
  count: t.exposeInt('count'),
  quarantined: t.exposeBoolean('quarantined', { description: 'Whether they wait for approveMcpTool' }),
}))
builder.objectFields(ToolApproved, (t) => ({
  server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
  toolId: t.exposeID('toolId'),
}))

async function runOf({ runId }: { runId: string }, _: object, { loaders }: Context): Promise<ToolRun> {
  const run = await loaders.run.load(runId)
  if (!run) throw new RegistryError('NOT_FOUND', `No run has the id ${runId}`)
  return run
}

for (const each of [RunPaused, RunResumed]) {
  builder.objectField(each, 'run', (t) => t.field({ type: ToolRunType, resolve: runOf }))
}

const McpServerEvent = builder.unionType('McpServerEvent', {
  types: [
    Created,
    Updated,
    Deleted,
    StatusChanged,
    AuthRequired,
    ToolsChanged,
    ResourcesChanged,
    PromptsChanged,
    ChangesFlagged,
    ToolApproved,
    RunPaused,
    RunResumed,
    Gap,
    Heartbeat,
  ],
  resolveType: ({ type }) => type,
})

builder.subscriptionField('mcpServerEvents', (t) =>
  t.field({
    type: McpServerEvent,
    args: { serverId: t.arg.id(), after: t.arg({ type: 'Cursor' }), heartbeatMs: t.arg.int() },
    subscribe: async (_, { serverId, after, heartbeatMs }, { registry, loaders }) => {
      // Subscribes before the lookup, so that no event in between is missed.
      const events = registry.events({
        serverId: serverId ?? undefined,
        after: after ?? undefined,
        heartbeatMs: heartbeatMs ?? defaultHeartbeatMs,
      })
      // Behind a cursor, the feed may have the deletion of a server that no longer exists.
      if (serverId != null && after == null && !(await loaders.server.load(serverId))) {
        await events.return?.()
        throw new RegistryError('NOT_FOUND', `No server has the id ${serverId.slice(0, 100)}`, { path: ['serverId'] })
      }
      return events
    },
    resolve: (event: RegistryEvent) => event,
  }),
)
