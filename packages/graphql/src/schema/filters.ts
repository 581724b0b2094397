import type {
  JobStatus,
  McpInputPolicy,
  McpServerStatus,
  McpTransport,
  PromptFilter,
  ResourceFilter,
  RunFilter,
  ServerFilter,
  StringFilter,
  ToolApprovalPolicy,
  ToolFilter,
} from '@toolyard/core'
import { builder } from './builder.ts'
import { given } from './connections.ts'

export const McpTransportEnum = builder.enumType('McpTransport', {
  values: {
    STDIO: { value: 'stdio' },
    SSE: { value: 'sse' },
    STREAMABLE_HTTP: { value: 'streamableHttp' },
  } satisfies Record<string, { value: McpTransport }>,
})
export const McpServerStatusEnum = builder.enumType('McpServerStatus', {
  values: [
    'NEVER_CONNECTED',
    'CONNECTING',
    'READY',
    'DEGRADED',
    'NEEDS_AUTH',
    'NEEDS_INPUT',
    'ERROR',
    'DISABLED',
  ] as const satisfies McpServerStatus[],
})
export const ToolApprovalPolicyEnum = builder.enumType('ToolApprovalPolicy', {
  description:
    'Which runs wait for decideToolRun before anything is sent. DESTRUCTIVE: those of every tool that does not say `readOnlyHint: true` or `destructiveHint: false`',
  values: ['NEVER', 'DESTRUCTIVE', 'ALWAYS'] as const satisfies ToolApprovalPolicy[],
})
export const McpInputPolicyEnum = builder.enumType('McpInputPolicy', {
  description:
    "What becomes of a server's elicitation or sampling request: the run pauses until a client answers; it is declined; or the capability is not declared to the server at all. Sampling is declared with PAUSE alone",
  values: ['PAUSE', 'DECLINE', 'NONE'] as const satisfies McpInputPolicy[],
})
export const JobStatusEnum = builder.enumType('JobStatus', {
  description: [
    'AWAITING_APPROVAL: a run of which nothing was sent, and nothing is until decideToolRun. INPUT_REQUIRED: a run whose server asks',
    'for something, and waits for answerToolRunInput. OUTCOME_UNKNOWN: the request was sent, the connection or this process died before an',
    'answer. It may have taken effect, so it is never resent automatically',
  ].join('\n'),
  values: [
    'QUEUED',
    'RUNNING',
    'AWAITING_APPROVAL',
    'INPUT_REQUIRED',
    'SUCCEEDED',
    'FAILED',
    'CANCELED',
    'TIMED_OUT',
    'OUTCOME_UNKNOWN',
  ] as const satisfies JobStatus[],
})
export const OrderDirection = builder.enumType('OrderDirection', { values: ['ASC', 'DESC'] as const })

const StringFilterInput = builder.inputType('StringFilter', {
  fields: (t) => ({ eq: t.string(), in: t.stringList(), contains: t.string(), startsWith: t.string() }),
})
export const DateTimeFilter = builder.inputType('DateTimeFilter', {
  fields: (t) => ({ gte: t.field({ type: 'DateTime' }), lt: t.field({ type: 'DateTime' }) }),
})

export const McpServerFilter = builder.inputType('McpServerFilter', {
  fields: (t) => ({
    name: t.field({ type: StringFilterInput }),
    transport: t.field({ type: [McpTransportEnum] }),
    status: t.field({ type: [McpServerStatusEnum] }),
    label: t.field({ type: StringFilterInput }),
    enabled: t.boolean(),
  }),
})
export const McpServerOrder = builder.inputType('McpServerOrder', {
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('McpServerOrderField', { values: ['NAME', 'CREATED_AT', 'UPDATED_AT'] as const }),
      required: true,
    }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'ASC' }),
  }),
})
export const McpToolFilter = builder.inputType('McpToolFilter', {
  fields: (t) => ({
    name: t.field({ type: StringFilterInput }),
    serverId: t.idList(),
    enabled: t.boolean(),
    readOnly: t.boolean(),
    destructive: t.boolean(),
    quarantined: t.boolean({ description: 'Whether a definition waits for approval' }),
    includeRemoved: t.boolean({ defaultValue: false }),
  }),
})
export const McpToolOrder = builder.inputType('McpToolOrder', {
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('McpToolOrderField', { values: ['NAME', 'FIRST_SEEN_AT'] as const }),
      required: true,
    }),
    direction: t.field({ type: OrderDirection, required: true, defaultValue: 'ASC' }),
  }),
})
export const McpResourceFilter = builder.inputType('McpResourceFilter', {
  description: '`uri` is the URI template of a template',
  fields: (t) => ({
    serverId: t.idList(),
    uri: t.field({ type: StringFilterInput }),
    name: t.field({ type: StringFilterInput }),
    mimeType: t.field({ type: StringFilterInput }),
    includeRemoved: t.boolean({ defaultValue: false }),
  }),
})
export const McpPromptFilter = builder.inputType('McpPromptFilter', {
  fields: (t) => ({
    serverId: t.idList(),
    name: t.field({ type: StringFilterInput }),
    includeRemoved: t.boolean({ defaultValue: false }),
  }),
})
export const ToolRunFilter = builder.inputType('ToolRunFilter', {
  fields: (t) => ({
    status: t.field({ type: [JobStatusEnum] }),
    serverId: t.idList(),
    toolId: t.idList(),
    createdAt: t.field({ type: DateTimeFilter }),
  }),
})

type StringInput = typeof StringFilterInput.$inferInput | null | undefined

function strings(input: StringInput): StringFilter | undefined {
  return input ? given(input) : undefined
}

export function toServerFilter(input: typeof McpServerFilter.$inferInput | null | undefined): ServerFilter {
  const { name, label, ...rest } = input ?? {}
  return given({ ...given(rest), name: strings(name), label: strings(label) })
}

export function toToolFilter(input: typeof McpToolFilter.$inferInput | null | undefined): ToolFilter {
  const { name, serverId, ...rest } = input ?? {}
  // Any text is valid here: an unknown id matches nothing.
  return given({ ...given(rest), name: strings(name), serverId: serverId as ToolFilter['serverId'] | null | undefined })
}

export function toResourceFilter(input: typeof McpResourceFilter.$inferInput | null | undefined): ResourceFilter {
  const { uri, name, mimeType, serverId, ...rest } = input ?? {}
  return given({
    ...given(rest),
    uri: strings(uri),
    name: strings(name),
    mimeType: strings(mimeType),
    // As above.
    serverId: serverId as ResourceFilter['serverId'] | null | undefined,
  })
}

export function toPromptFilter(input: typeof McpPromptFilter.$inferInput | null | undefined): PromptFilter {
  const { name, serverId, ...rest } = input ?? {}
  // As above.
  const ids = serverId as PromptFilter['serverId'] | null | undefined
  return given({ ...given(rest), name: strings(name), serverId: ids })
}

export function toRunFilter(input: typeof ToolRunFilter.$inferInput | null | undefined): RunFilter {
  const { status, serverId, toolId, createdAt } = input ?? {}
  const time = createdAt && given({ gte: createdAt.gte?.getTime(), lt: createdAt.lt?.getTime() })
  return given({
    status,
    // As above.
    serverId: serverId as RunFilter['serverId'] | null | undefined,
    toolId: toolId as RunFilter['toolId'] | null | undefined,
    createdAt: time,
  })
}
