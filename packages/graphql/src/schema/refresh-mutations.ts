import type { Refresh } from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { longListCost } from './connections.ts'
import { McpServerFilter, toServerFilter } from './filters.ts'
import { McpServerRefresh } from './refs.ts'
import { callTimeouts, McpTimeoutsInput, toCallerContext, VariableInput } from './server-inputs.ts'
import { resultType } from './user-errors.ts'

function found(record: Refresh | undefined): Refresh {
  if (record) return record
  throw new RegistryError('INTERNAL', 'The refresh that was just started is not in the storage')
}

const RefreshMcpServerInput = builder.inputType('RefreshMcpServerInput', {
  description: [
    'Starts a refresh, or joins the one already running for that server (`deduplicated: true`).',
    '`wait: true` answers when the refresh has ended. `agentId` reaches HTTP servers as `X-Agent-Id`;',
    '`variables` fill `{{ NAME }}` and `{{ NAME | default }}` templates in tokens, headers, env and args.',
    '`renegotiate: true` asks the server for its protocol era anew, over a new connection.',
  ].join('\n'),
  fields: (t) => ({
    id: t.id({ required: true }),
    wait: t.boolean({ defaultValue: false }),
    renegotiate: t.boolean({ defaultValue: false }),
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

builder.mutationField('refreshMcpServer', (t) =>
  t.field({
    type: refresh.union,
    nullable: true,
    args: { input: t.arg({ type: RefreshMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, loaders, caller }) =>
      refresh.settle(async () => {
        const job = await registry.servers.refresh(input.id, {
          ...toCallerContext(input),
          renegotiate: input.renegotiate ?? false,
          actor: caller.id,
        })
        const record = input.wait ? await registry.refreshes.wait(job.id) : found(await loaders.refresh.load(job.id))
        return { refresh: record, deduplicated: job.deduplicated }
      }),
  }),
)

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

builder.mutationField('refreshMcpServers', (t) =>
  t.field({
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
)
