import type { ObjectRef, UnionRef } from '@pothos/core'
import type { ContentBlock, JsonObject, RunJobEvent, ToolApproval, ToolExecutionResult, ToolRun } from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { type Connection, given, pageCost } from './connections.ts'
import { ToolRunFilter, toRunFilter } from './filters.ts'
import { ApprovalDecisionEnum, Job, JobEvent, leftOut } from './jobs.ts'
import { listed, long, selects } from './long-fields.ts'
import { Node } from './node.ts'
import { McpServerUnion, McpToolType, ToolRunConnection, ToolRunType } from './refs.ts'
import { callTimeouts, McpTimeoutsInput, toCallerContext, VariableInput } from './server-inputs.ts'
import { Icon, RecordPolicyEnum, ToolRefInput, toToolRef } from './tools.ts'
import { resultType } from './user-errors.ts'

type Block<Type extends ContentBlock['type']> = Extract<ContentBlock, { type: Type }>

const Text = builder
  .objectRef<Block<'text'>>('TextContent')
  .implement({ fields: (t) => ({ text: t.exposeString('text', long) }) })
function media(name: string) {
  return builder.objectRef<Block<'image'> | Block<'audio'>>(name).implement({
    fields: (t) => ({
      mimeType: t.string({ resolve: ({ mimeType }) => mimeType }),
      base64: t.string({ ...long, resolve: ({ data }) => data }),
      byteLength: t.int({ resolve: ({ data }) => Buffer.byteLength(data, 'base64') }),
    }),
  })
}
const Image = media('ImageContent')
const Audio = media('AudioContent')
const Link = builder.objectRef<Block<'resource_link'>>('ResourceLinkContent').implement({
  fields: (t) => ({
    uri: t.exposeString('uri', long),
    name: t.exposeString('name', long),
    title: t.string({ ...long, nullable: true, resolve: ({ title }) => title ?? null }),
    description: t.string({ ...long, nullable: true, resolve: ({ description }) => description ?? null }),
    mimeType: t.string({ nullable: true, resolve: ({ mimeType }) => mimeType ?? null }),
    size: t.float({ nullable: true, description: 'Bytes', resolve: ({ size }) => size ?? null }),
    icons: t.field({ type: [Icon], resolve: ({ icons = [] }, _, context, info) => listed(icons, context, info) }),
  }),
})
/** Its type is named: that of the block is not exported. */
export const Embedded: ObjectRef<typeof builder.$inferSchemaTypes, Block<'resource'>> = builder
  .objectRef<Block<'resource'>>('EmbeddedResourceContent')
  .implement({
    fields: (t) => ({
      uri: t.exposeString('uri', long),
      mimeType: t.string({ nullable: true, resolve: ({ mimeType }) => mimeType ?? null }),
      text: t.string({ ...long, nullable: true, resolve: ({ text }) => text ?? null }),
      base64: t.string({ ...long, nullable: true, resolve: ({ blob }) => blob ?? null }),
    }),
  })
for (const block of [Text, Image, Audio, Link, Embedded]) {
  builder.objectFields(block, (t) => ({
    annotations: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      description: 'audience, priority, lastModified, as the server sent them',
      resolve: ({ annotations }) => annotations ?? null,
    }),
    meta: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      description: '`_meta`, as the server sent it',
      resolve: ({ meta }) => meta ?? null,
    }),
  }))
}
const Unknown = builder.objectRef<Block<'unknown'>>('UnknownContent').implement({
  fields: (t) => ({
    type: t.string({ resolve: ({ raw }) => (typeof raw.type === 'string' ? raw.type : '') }),
    raw: t.field({ ...long, type: 'JSON', resolve: ({ raw }) => raw }),
  }),
})
const blockTypes = {
  text: 'TextContent',
  image: 'ImageContent',
  audio: 'AudioContent',
  resource_link: 'ResourceLinkContent',
  resource: 'EmbeddedResourceContent',
  unknown: 'UnknownContent',
} as const
export const Content: UnionRef<typeof builder.$inferSchemaTypes, ContentBlock> = builder.unionType('ContentBlock', {
  types: [Text, Image, Audio, Link, Embedded, Unknown],
  resolveType: ({ type }) => blockTypes[type],
})

const Result = builder.objectRef<ToolExecutionResult>('ToolExecutionResult').implement({
  description: 'Seed shape: status, func_return, stdout, stderr; plus the raw MCP content',
  fields: (t) => ({
    status: t.field({
      type: builder.enumType('ToolExecutionStatus', { values: ['SUCCESS', 'ERROR'] as const }),
      resolve: ({ status }) => status,
    }),
    funcReturn: t.field({
      ...long,
      type: 'JSON',
      nullable: true,
      description:
        'The structured content, else the texts: parsed if they are a JSON object or array without numbers that would be rounded',
      resolve: ({ funcReturn }) => funcReturn,
    }),
    stdout: t.stringList({ ...long, resolve: ({ stdout }, _, context, info) => listed(stdout, context, info) }),
    stderr: t.stringList({ ...long, resolve: ({ stderr }, _, context, info) => listed(stderr, context, info) }),
    isError: t.boolean({ resolve: ({ status }) => status === 'ERROR' }),
    structuredContent: t.field({
      ...long,
      type: 'JSON',
      nullable: true,
      resolve: ({ structuredContent }) => structuredContent,
    }),
    content: t.field({ type: [Content], resolve: ({ content }, _, context, info) => listed(content, context, info) }),
    meta: t.field({ ...long, type: 'JSONObject', nullable: true, resolve: ({ meta }) => meta }),
    truncated: t.exposeBoolean('truncated'),
    configFingerprint: t.exposeString('configFingerprint', {
      description: "Digest of the server's configuration that the run used, without secrets",
    }),
  }),
})

const Approval = builder.objectRef<ToolApproval>('ToolApproval').implement({
  fields: (t) => ({
    requestedAt: t.field({
      type: 'DateTime',
      description: 'Anew if the definition of the tool changed meanwhile',
      resolve: ({ requestedAt }) => requestedAt,
    }),
    decidedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ decidedAt }) => decidedAt }),
    decision: t.field({ type: ApprovalDecisionEnum, nullable: true, resolve: ({ decision }) => decision }),
    decidedBy: t.exposeString('decidedBy', { nullable: true, description: 'Id of the key that decided it' }),
    reason: t.exposeString('reason', { nullable: true }),
  }),
})

ToolRunType.implement({
  interfaces: [Node, Job],
  fields: (t) => ({
    server: t.field({
      type: McpServerUnion,
      nullable: true,
      description: 'Null once deleted; names are snapshots',
      resolve: async ({ serverId }, _, { loaders }) => (await loaders.server.load(serverId)) ?? null,
    }),
    serverName: t.exposeString('serverName'),
    tool: t.field({
      type: McpToolType,
      nullable: true,
      resolve: async ({ toolId }, _, { loaders }) => (await loaders.tool.load(toolId)) ?? null,
    }),
    toolName: t.exposeString('toolName'),
    args: t.field({
      ...long,
      type: 'JSONObject',
      description:
        'As they are recorded (`recordedArgs`). While the run waits for an approval, a caller with the scope `write` sees all of them: they are what it decides on',
      resolve: argsOf,
    }),
    approval: t.field({
      type: Approval,
      nullable: true,
      description: 'Null if the run needed no approval',
      resolve: ({ approval }) => approval,
    }),
    result: t.field({ ...long, type: Result, nullable: true, resolve: ({ result }) => result }),
    recordedArgs: t.field({
      type: RecordPolicyEnum,
      description: 'Record policy of `args` in the history; the caller that runs the tool gets all of it',
      resolve: ({ recorded }) => recorded.args,
    }),
    recordedResult: t.field({
      type: RecordPolicyEnum,
      description: 'Record policy of `result` in the history; the caller that runs the tool gets all of it',
      resolve: ({ recorded }) => recorded.result,
    }),
    durationMs: t.exposeInt('durationMs', { nullable: true }),
    metadata: t.field({ ...long, type: 'JSONObject', resolve: ({ metadata }) => metadata }),
    traceId: t.exposeString('traceId', {
      nullable: true,
      description: 'Id of the OpenTelemetry trace of the run; null if it was not traced',
    }),
  }),
})

async function argsOf(run: ToolRun, _: object, { loaders, caller }: Context): Promise<JsonObject> {
  const { id, status, args, recorded } = run
  if (status !== 'AWAITING_APPROVAL' || recorded.args === 'KEEP' || !caller.scopes.has('write')) return args
  return (await loaders.pausedArgs.load(id)) ?? args
}

type EventOf<Type extends RunJobEvent['type']> = Extract<RunJobEvent, { type: Type }>

async function runOf({ jobId }: { jobId: string }, _: object, { loaders }: Context): Promise<ToolRun> {
  const run = await loaders.run.load(jobId)
  if (!run) throw new RegistryError('NOT_FOUND', `No run has the id ${jobId}`)
  return run
}

const ToolRunStarted = builder.objectRef<EventOf<'ToolRunStarted'>>('ToolRunStarted').implement({
  interfaces: [JobEvent],
  fields: (t) => ({ run: t.field({ type: ToolRunType, resolve: runOf }) }),
})
const ToolRunApprovalRequested = builder
  .objectRef<EventOf<'ToolRunApprovalRequested'>>('ToolRunApprovalRequested')
  .implement({
    description: 'The run waits for decideToolRun. Comes again if the definition of the tool changes meanwhile',
    interfaces: [JobEvent],
    fields: (t) => ({ run: t.field({ type: ToolRunType, resolve: runOf }) }),
  })
const ToolRunProgress = builder.objectRef<EventOf<'ToolRunProgress'>>('ToolRunProgress').implement({
  interfaces: [JobEvent],
  fields: (t) => ({
    progress: t.exposeFloat('progress'),
    total: t.float({ nullable: true, resolve: ({ total }) => total ?? null }),
    message: t.string({ nullable: true, resolve: ({ message }) => message ?? null }),
    leftOut: t.int({ description: leftOut, resolve: (event) => event.leftOut ?? 0 }),
  }),
})
const ToolRunOutput = builder.objectRef<EventOf<'ToolRunOutput'>>('ToolRunOutput').implement({
  interfaces: [JobEvent],
  fields: (t) => ({
    stream: t.field({
      type: builder.enumType('OutputStream', { values: ['STDOUT', 'STDERR', 'LOG'] as const }),
      resolve: ({ stream }) => stream,
    }),
    text: t.exposeString('text', { description: 'One line or several' }),
    leftOut: t.int({ description: leftOut, resolve: (event) => event.leftOut ?? 0 }),
  }),
})
const ToolRunFinished = builder.objectRef<EventOf<'ToolRunFinished'>>('ToolRunFinished').implement({
  description: 'Terminal: always the last event, then the stream completes',
  interfaces: [JobEvent],
  fields: (t) => ({ run: t.field({ type: ToolRunType, resolve: runOf }) }),
})
const ToolRunEvent = builder.unionType('ToolRunEvent', {
  types: [ToolRunStarted, ToolRunProgress, ToolRunOutput, ToolRunApprovalRequested, ToolRunFinished],
  resolveType: ({ type }) => type,
})

builder.queryFields((t) => ({
  toolRun: t.field({
    type: ToolRunType,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_, { id }, { loaders }) => (await loaders.run.load(id)) ?? null,
  }),
  toolRuns: t.field({
    type: ToolRunConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: ToolRunFilter }) },
    resolve: async (_, { filter: input, ...args }, { registry }, info): Promise<Connection<ToolRun>> => {
      const filter = toRunFilter(input)
      const page = await registry.runs.list({ ...given(args), filter, results: selects(info, 'result') })
      return { ...page, totalCount: () => registry.runs.count(filter) }
    },
  }),
}))

const RunMcpToolInput = builder.inputType('RunMcpToolInput', {
  description: [
    "`args` (omitted: none) are checked against the tool's input schema before anything is sent. `wait: false` returns the QUEUED or",
    'RUNNING run; follow it with `toolRunEvents`. The same `idempotencyKey` within its retention returns the same run',
    '(`deduplicated: true`), and with other args a ConflictError. A run that needs an approval returns AWAITING_APPROVAL, also with `wait: true`.',
  ].join('\n'),
  fields: (t) => ({
    tool: t.field({ type: ToolRefInput, required: true }),
    args: t.field({ type: 'JSONObject' }),
    timeoutMs: t.int(),
    inputTimeoutMs: t.int({ description: 'How long the run waits for an approval, at most 30 days' }),
    timeouts: t.field({ type: McpTimeoutsInput, description: callTimeouts }),
    wait: t.boolean({ defaultValue: true }),
    idempotencyKey: t.string(),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
    metadata: t.field({ type: 'JSONObject' }),
  }),
})
const RunMcpToolPayload = builder.objectRef<{ run: ToolRun; deduplicated: boolean }>('RunMcpToolPayload').implement({
  fields: (t) => ({
    run: t.field({ type: ToolRunType, resolve: ({ run }) => run }),
    deduplicated: t.exposeBoolean('deduplicated'),
  }),
})
const run = resultType('RunMcpTool', RunMcpToolPayload, ['InputError', 'ToolArgsError', 'ConflictError'])

builder.mutationField('runMcpTool', (t) =>
  t.field({
    type: run.union,
    nullable: true,
    args: { input: t.arg({ type: RunMcpToolInput, required: true }) },
    resolve: (_, { input }, { registry, loaders, caller }) =>
      run.settle(async () => {
        const { tool, args, timeoutMs, inputTimeoutMs, wait, idempotencyKey, metadata } = input
        const job = await registry.tools.start(toToolRef(tool), args ?? {}, {
          ...toCallerContext(input),
          actor: caller.id,
          ...given({ timeoutMs, inputTimeoutMs, idempotencyKey, metadata }),
        })
        const record = wait === false ? await loaders.run.load(job.id) : await job.result({ untilPaused: true })
        if (!record) throw new RegistryError('INTERNAL', 'The run that was just started is not in the storage')
        return { run: record, deduplicated: job.deduplicated }
      }),
  }),
)

builder.subscriptionField('toolRunEvents', (t) =>
  t.field({
    type: ToolRunEvent,
    args: { runId: t.arg.id({ required: true }), after: t.arg({ type: 'Cursor' }) },
    subscribe: async (_, { runId, after }, { registry, loaders }) => {
      if (!(await loaders.run.load(runId))) {
        throw new RegistryError('NOT_FOUND', `No run has the id ${runId.slice(0, 100)}`, { path: ['runId'] })
      }
      return registry.runs.events(runId, { after: after ?? undefined })
    },
    resolve: (event: RunJobEvent) => event,
  }),
)
