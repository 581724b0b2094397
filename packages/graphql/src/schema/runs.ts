import type { JsonObject, RunJobEvent, ToolApproval, ToolRun } from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { type Connection, given, pageCost } from './connections.ts'
import { ToolRunFilter, toRunFilter } from './filters.ts'
import { InputRequest } from './input-requests.ts'
import { ApprovalDecisionEnum, decider, Job, JobEvent, leftOut } from './jobs.ts'
import { long, selects } from './long-fields.ts'
import { Node } from './node.ts'
import { McpServerUnion, McpToolType, ToolRunConnection, ToolRunType } from './refs.ts'
import { callTimeouts, McpTimeoutsInput, toCallerContext, VariableInput } from './server-inputs.ts'
import { ToolExecutionResultType } from './tool-results.ts'
import { RecordPolicyEnum, ToolRefInput, toToolRef } from './tools.ts'
import { resultType } from './user-errors.ts'

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
    mayDecide: t.boolean({
      description: 'Whether it waits for an approval, and this caller may decide it by decideToolRun',
      resolve: (run, _, { registry, caller }) =>
        caller.scopes.has('write') && registry.runs.mayDecide(run, decider(caller)),
    }),
    pendingInput: t.field({
      type: [InputRequest],
      description:
        'What its server asks for, and is not answered yet: see answerToolRunInput. Empty unless the run is INPUT_REQUIRED',
      resolve: ({ pendingInput }) => [...pendingInput],
    }),
    inputRound: t.exposeInt('inputRound', { description: 'How many times the server has asked; 0 before' }),
    result: t.field({ ...long, type: ToolExecutionResultType, nullable: true, resolve: ({ result }) => result }),
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
    retriedFrom: t.field({
      type: ToolRunType,
      nullable: true,
      description: 'The run that this one repeats; null if it repeats none, or that run has been deleted',
      resolve: async ({ retriedFrom }, _, { loaders }) =>
        retriedFrom === null ? null : ((await loaders.run.load(retriedFrom)) ?? null),
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
const ToolRunInputRequested = builder.objectRef<EventOf<'ToolRunInputRequested'>>('ToolRunInputRequested').implement({
  description: 'The run waits for answerToolRunInput. Comes again for what its server asks later',
  interfaces: [JobEvent],
  fields: (t) => ({
    requests: t.field({
      type: [InputRequest],
      description: 'As they were asked; `pendingInput` of the run has those that are not answered yet',
      resolve: ({ requests, expiresAt }) => requests.map((each) => ({ ...each, expiresAt: new Date(expiresAt) })),
    }),
    run: t.field({ type: ToolRunType, resolve: runOf }),
  }),
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
  types: [
    ToolRunStarted,
    ToolRunProgress,
    ToolRunOutput,
    ToolRunApprovalRequested,
    ToolRunInputRequested,
    ToolRunFinished,
  ],
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
    '(`deduplicated: true`), and with other args a ConflictError. A run that has to wait for an approval or an answer returns as such, also with `wait: true`.',
  ].join('\n'),
  fields: (t) => ({
    tool: t.field({ type: ToolRefInput, required: true }),
    args: t.field({ type: 'JSONObject' }),
    timeoutMs: t.int(),
    inputTimeoutMs: t.int({
      description: 'How long the run waits each time for an approval or an answer, at most 30 days',
    }),
    timeouts: t.field({ type: McpTimeoutsInput, description: callTimeouts }),
    wait: t.boolean({ defaultValue: true }),
    idempotencyKey: t.string(),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
    metadata: t.field({ type: 'JSONObject' }),
    retriedFrom: t.id({
      description:
        'The run that this one repeats: of the same tool, or an InputError. Omitted `args` are those of that run, if its history has all of them (`recordedArgs`)',
    }),
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
        const { tool, args, timeoutMs, inputTimeoutMs, wait, idempotencyKey, metadata, retriedFrom } = input
        const job = await registry.tools.start(toToolRef(tool), args ?? undefined, {
          ...toCallerContext(input),
          actor: caller.id,
          ...given({ timeoutMs, inputTimeoutMs, idempotencyKey, metadata, retriedFrom }),
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
