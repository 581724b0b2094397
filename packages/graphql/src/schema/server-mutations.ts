import type { McpServer } from '@toolyard/core'
import { approvalActor } from '../access/approval-actor.ts'
import { builder } from './builder.ts'
import { given } from './connections.ts'
import { McpInputPolicyEnum, ToolApprovalPolicyEnum } from './filters.ts'
import { McpServerRefresh, McpServerUnion } from './refs.ts'
import {
  McpServerConfigInput,
  McpServerConfigPatch,
  McpTimeoutsInput,
  toConfig,
  toConfigPatch,
  toConfigPath,
} from './server-inputs.ts'
import { McpProtocolEraPolicy, ToolChangePolicyEnum } from './servers.ts'
import { resultType } from './user-errors.ts'

const refreshInterval =
  'Interval between refreshes in milliseconds, at least 1000: for servers that do not announce changes of their tools'

const CreateMcpServerInput = builder.inputType('CreateMcpServerInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    config: t.field({ type: McpServerConfigInput, required: true }),
    description: t.string(),
    labels: t.stringList(),
    enabled: t.boolean({ defaultValue: true }),
    protocolEra: t.field({ type: McpProtocolEraPolicy, defaultValue: 'AUTO' }),
    toolChangePolicy: t.field({ type: ToolChangePolicyEnum, defaultValue: 'ACCEPT' }),
    approvalPolicy: t.field({ type: ToolApprovalPolicyEnum, defaultValue: 'NEVER' }),
    inputPolicy: t.field({ type: McpInputPolicyEnum, defaultValue: 'PAUSE' }),
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

builder.mutationField('createMcpServer', (t) =>
  t.field({
    type: create.union,
    nullable: true,
    args: { input: t.arg({ type: CreateMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      create.settle(
        async () => {
          const {
            config,
            enabled,
            protocolEra,
            toolChangePolicy,
            approvalPolicy,
            inputPolicy,
            refresh: startsRefresh,
            ...rest
          } = input
          const acting = { actor: caller.id }
          return {
            server: await registry.servers.create(
              {
                ...rest,
                toolChangePolicy: toolChangePolicy ?? 'ACCEPT',
                approvalPolicy: approvalPolicy ?? 'NEVER',
                inputPolicy: inputPolicy ?? 'PAUSE',
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
)

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
    approvalPolicy: t.field({ type: ToolApprovalPolicyEnum, description: 'A looser one needs the scope `admin`' }),
    inputPolicy: t.field({ type: McpInputPolicyEnum }),
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

builder.mutationField('updateMcpServer', (t) =>
  t.field({
    type: update.union,
    nullable: true,
    args: { input: t.arg({ type: UpdateMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      update.settle(
        async () => {
          const { id, config, expectedRevision, ...rest } = input
          // The registry refuses null for a member that cannot be cleared, with its path.
          const owned = rest as Parameters<typeof registry.servers.update>[1]
          const patch =
            config === undefined ? {} : { config: config === null ? (null as never) : toConfigPatch(config) }
          const changes = { ...owned, ...patch, ...given({ expectedRevision }) }
          return registry.servers.update(id, changes, approvalActor(caller))
        },
        (path) => toConfigPath(path, input.config),
      ),
  }),
)

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

builder.mutationField('deleteMcpServer', (t) =>
  t.field({
    type: remove.union,
    nullable: true,
    args: { input: t.arg({ type: DeleteMcpServerInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      remove.settle(() => registry.servers.delete(input.id, { actor: caller.id })),
  }),
)
