import type { McpTool } from '@toolyard/core'
import { approvalActor } from '../access/approval-actor.ts'
import { builder } from './builder.ts'
import { ToolApprovalPolicyEnum } from './filters.ts'
import { McpToolType } from './refs.ts'
import { RecordPolicyEnum } from './tools.ts'
import { resultType } from './user-errors.ts'

const SetMcpToolInput = builder.inputType('SetMcpToolInput', {
  description: 'Settings that a refresh never overwrites. Null clears a member; an omitted one is unchanged.',
  fields: (t) => ({
    id: t.id({ required: true }),
    enabled: t.boolean(),
    tags: t.stringList(),
    returnCharLimit: t.int(),
    recordArgs: t.field({ type: RecordPolicyEnum }),
    recordResults: t.field({ type: RecordPolicyEnum }),
    approvalPolicy: t.field({
      type: ToolApprovalPolicyEnum,
      description: 'Null: that of the server. A looser one needs the scope `admin`',
    }),
  }),
})
const SetMcpToolPayload = builder.objectRef<{ tool: McpTool }>('SetMcpToolPayload').implement({
  fields: (t) => ({ tool: t.field({ type: McpToolType, resolve: ({ tool }) => tool }) }),
})
const set = resultType('SetMcpTool', SetMcpToolPayload, ['InputError'])

builder.mutationField('setMcpTool', (t) =>
  t.field({
    type: set.union,
    nullable: true,
    args: { input: t.arg({ type: SetMcpToolInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      set.settle(async () => {
        const { id, enabled, tags, returnCharLimit, recordArgs, recordResults, approvalPolicy } = input
        const settings = {
          ...(enabled === undefined ? {} : { enabled }),
          ...(tags === undefined ? {} : { tags }),
          ...(returnCharLimit === undefined ? {} : { returnCharLimit }),
          ...(recordArgs === undefined ? {} : { recordArgs }),
          ...(recordResults === undefined ? {} : { recordResults }),
          ...(approvalPolicy === undefined ? {} : { approvalPolicy }),
        }
        return { tool: await registry.tools.set(id, settings, approvalActor(caller)) }
      }),
  }),
)

const ApproveMcpToolInput = builder.inputType('ApproveMcpToolInput', {
  description: 'Accepts the pending definition, or held hints, if the digest is still `digest`.',
  fields: (t) => ({ id: t.id({ required: true }), digest: t.string({ required: true }) }),
})
const ApproveMcpToolPayload = builder.objectRef<{ tool: McpTool }>('ApproveMcpToolPayload').implement({
  fields: (t) => ({ tool: t.field({ type: McpToolType, resolve: ({ tool }) => tool }) }),
})
const approve = resultType('ApproveMcpTool', ApproveMcpToolPayload, ['InputError', 'ConflictError'])

builder.mutationField('approveMcpTool', (t) =>
  t.field({
    type: approve.union,
    nullable: true,
    args: { input: t.arg({ type: ApproveMcpToolInput, required: true }) },
    resolve: (_, { input: { id, digest } }, { registry, caller }) =>
      approve.settle(async () => ({ tool: await registry.tools.approve(id, digest, approvalActor(caller)) })),
  }),
)
