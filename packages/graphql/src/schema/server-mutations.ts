import type { McpServer, Refresh } from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { given, longListCost } from './connections.ts'
import { McpServerFilter, toServerFilter } from './filters.ts'
import { McpServerRefresh, McpServerUnion } from './refs.ts'
import {
  callTimeouts,
  McpServerConfigInput,
  McpServerConfigPatch,
  McpTimeoutsInput,
  toCallerContext,
  toConfig,
  toConfigPatch,
  toConfigPath,
  VariableInput,
} from './server-inputs.ts'
import { ToolChangePolicyEnum } from './servers.ts'
import { resultType } from './user-errors.ts'

const McpProtocolEraPolicy = builder.enumType('McpProtocolEraPolicy', { values: ['AUTO', 'LEGACY'] as const })

const refreshInterval =
  'Refresh the tools every so many milliseconds, at least 1000: for servers that do not tell when their tools change'

const CreateMcpServerInput = builder.inputType('CreateMcpServerInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    config: t.field({ type: McpServerConfigInput, required: true }),
    description: t.string(),
    labels: t.stringList(),
    enabled: t.boolean({ defaultValue: true }),
    protocolEra: t.field({ type: McpProtocolEraPolicy, defaultValue: 'AUTO' }),
    toolChangePolicy: t.field({ type: ToolChangePolicyEnum, defaultValue: 'ACCEPT' }),
    timeouts: t.field({ type: McpTimeoutsInput }),
    refreshIntervalMs: t.int({ description: refreshInterval }),
    refresh: t.boolean({ defaultValue: true }),
  }),
})
const CreateMcpServerPayload = builder.objectRef<{ server: McpServer }>('CreateMcpServerPayload').implement({
  fields: (t) => ({
    server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
    refresh: t.field({
      type: McpServerRefresh,
      nullable: true,
      resolve: async ({ server }, _, { loaders }) => (await loaders.latestRefresh.load(server.id)) ?? null,
    }),
  }),
})
const create = resultType('CreateMcpServer', CreateMcpServerPayload, ['InputError', 'ConflictError'])

const UpdateMcpServerInput = builder.inputType('UpdateMcpServerInput', {
  description:
    'Omitted = unchanged, null = cleared. Only config.replace may change the transport kind (__typename then changes under the same id)',
  fields: (t) => ({
    id: t.id({ required: true }),
    expectedRevision: t.int(),
    name: t.string(),
    config: t.field({ type: McpServerConfigPatch }),
    description: t.string(),
    labels: t.stringList(),
    enabled: t.boolean(),
    protocolEra: t.field({ type: McpProtocolEraPolicy }),
    toolChangePolicy: t.field({ type: ToolChangePolicyEnum }),
    timeouts: t.field({ type: McpTimeoutsInput }),
    refreshIntervalMs: t.int({ description: refreshInterval }),
  }),
})
const UpdateMcpServerPayload = builder
  .objectRef<{ server: McpServer; changed: boolean }>('UpdateMcpServerPayload')
  .implement({
    fields: (t) => ({
      server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }),
      changed: t.exposeBoolean('changed'),
    }),
  })
const update = resultType('UpdateMcpServer', UpdateMcpServerPayload, ['InputError', 'ConflictError'])

const DeleteMcpServerInput = builder.inputType('DeleteMcpServerInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})
const DeleteMcpServerPayload = builder
  .objectRef<{ deletedServerId: string; deletedToolCount: number }>('DeleteMcpServerPayload')
  .implement({
    fields: (t) => ({
      deletedServerId: t.exposeID('deletedServerId'),
      deletedToolCount: t.exposeInt('deletedToolCount'),
    }),
  })
const remove = resultType('DeleteMcpServer', DeleteMcpServerPayload, ['InputError'])

const RefreshMcpServerInput = builder.inputType('RefreshMcpServerInput', {
  description: [
    'Starts a refresh, or joins the one already running for that server (`deduplicated: true`).',
    '`wait: true` answers only once the refresh has ended. `agentId` reaches HTTP servers as `X-Agent-Id`;',
    '`variables` fill `{{ NAME }}` and `{{ NAME | default }}` templates in tokens, headers, env and args.',
  ].join('\n'),
  fields: (t) => ({
    id: t.id({ required: true }),
    wait: t.boolean({ defaultValue: false }),
    timeouts: t.field({ type: McpTimeoutsInput, description: callTimeouts }),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
  }),
})
const RefreshMcpServerPayload = builder
  .objectRef<{ refresh: Refresh; deduplicated: boolean }>('RefreshMcpServerPayload')
  .implement({
    fields: (t) => ({
      refresh: t.field({ type: McpServerRefresh, resolve: ({ refresh }) => refresh }),
      deduplicated: t.exposeBoolean('deduplicated'),
    }),
  })
const refresh = resultType('RefreshMcpServer', RefreshMcpServerPayload, ['InputError'])

const RefreshMcpServersInput = builder.inputType('RefreshMcpServersInput', {
  description: 'Refreshes every enabled server that the filter selects, a bounded number at a time.',
  fields: (t) => ({ filter: t.field({ type: McpServerFilter }) }),
})
const RefreshMcpServersPayload = builder
  .objectRef<{ refreshes: readonly Refresh[] }>('RefreshMcpServersPayload')
  .implement({
    fields: (t) => ({
      refreshes: t.field({
        complexity: longListCost,
        type: [McpServerRefresh],
        resolve: ({ refreshes }) => [...refreshes],
      }),
    }),
  })
const refreshAll = resultType('RefreshMcpServers', RefreshMcpServersPayload, ['InputError'])

function found(record: Refresh | undefined): Refresh {
  if (record) return record
  throw new RegistryError('INTERNAL', 'A refresh that was just started is not in the storage')
}

builder.mutationFields((t) => ({
  createMcpServer: t.field({
    type: create.union,
    nullable: true,
    args: { input: t.arg({ type: CreateMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      create.settle(
        async () => {
          const { config, enabled, protocolEra, toolChangePolicy, refresh: startsRefresh, ...rest } = input
          const acting = { actor: caller.id }
          return {
            server: await registry.servers.create(
              {
                ...rest,
                toolChangePolicy: toolChangePolicy ?? 'ACCEPT',
                config: toConfig(config),
                enabled: enabled ?? true,
                protocolEra: protocolEra ?? 'AUTO',
                refresh: startsRefresh ?? true,
              },
              acting,
            ),
          }
        },
        (path) => toConfigPath(path, input.config),
      ),
  }),
  updateMcpServer: t.field({
    type: update.union,
    nullable: true,
    args: { input: t.arg({ type: UpdateMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      update.settle(
        async () => {
          const { id, config, expectedRevision, ...rest } = input
          // A null for a member that cannot be cleared is refused by the library, with its path.
          const owned = rest as Parameters<typeof registry.servers.update>[1]
          const patch =
            config === undefined ? {} : { config: config === null ? (null as never) : toConfigPatch(config) }
          const changes = { ...owned, ...patch, ...given({ expectedRevision }) }
          return registry.servers.update(id, changes, { actor: caller.id })
        },
        (path) => toConfigPath(path, input.config),
      ),
  }),
  deleteMcpServer: t.field({
    type: remove.union,
    nullable: true,
    args: { input: t.arg({ type: DeleteMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      remove.settle(() => registry.servers.delete(input.id, { actor: caller.id })),
  }),
  refreshMcpServer: t.field({
    type: refresh.union,
    nullable: true,
    args: { input: t.arg({ type: RefreshMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, loaders, caller }) =>
      refresh.settle(async () => {
        const job = await registry.servers.refresh(input.id, { ...toCallerContext(input), actor: caller.id })
        const record = input.wait ? await registry.refreshes.wait(job.id) : found(await loaders.refresh.load(job.id))
        return { refresh: record, deduplicated: job.deduplicated }
      }),
  }),
  refreshMcpServers: t.field({
    type: refreshAll.union,
    nullable: true,
    args: { input: t.arg({ type: RefreshMcpServersInput, required: true }) },
    resolve: (_, { input }, { registry, loaders, caller }) =>
      refreshAll.settle(async () => {
        const jobs = await registry.servers.refreshAll(toServerFilter(input.filter), { actor: caller.id })
        const records = await Promise.all(jobs.map(({ id }) => loaders.refresh.load(id)))
        return { refreshes: records.map(found) }
      }),
  }),
}))
