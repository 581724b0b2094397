import { type ApprovalDecision, hasEnded, idKind, type Refresh, RegistryError, type ToolRun } from '@toolyard/core'
import { anonymous, type Caller } from '../access/caller.ts'
import { builder } from './builder.ts'
import { JobStatusEnum } from './filters.ts'
import { Node, nodeTypeName } from './node.ts'
import { McpErrorType, resultType, toMcpError } from './user-errors.ts'

export const ApprovalDecisionEnum = builder.enumType('ApprovalDecision', {
  values: ['APPROVED', 'REJECTED'] as const satisfies ApprovalDecision[],
})

export type AnyJob = Refresh | ToolRun

export const Job = builder.interfaceRef<AnyJob>('Job').implement({
  interfaces: [Node],
  resolveType: nodeTypeName,
  fields: (t) => ({
    status: t.field({ type: JobStatusEnum, resolve: ({ status }) => status }),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt }),
    startedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ startedAt }) => startedAt }),
    finishedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ finishedAt }) => finishedAt }),
    error: t.field({ type: McpErrorType, nullable: true, resolve: ({ error }) => toMcpError(error) }),
    actor: t.exposeString('actor', { nullable: true, description: 'Id of the key that started it' }),
    lastEventCursor: t.field({
      type: 'Cursor',
      nullable: true,
      resolve: async ({ id }, _, { loaders }) =>
        (await (idKind(id) === 'run' ? loaders.runCursor : loaders.refreshCursor).load(id)) ?? null,
    }),
  }),
})

/** The place of an event in the log of its job. */
export interface LocatedEvent {
  readonly type: string
  readonly cursor: string
  readonly at: Date
  readonly jobId: string
}
export const JobEvent = builder.interfaceRef<LocatedEvent>('JobEvent').implement({
  resolveType: ({ type }) => type,
  fields: (t) => ({
    cursor: t.field({ type: 'Cursor', resolve: ({ cursor }) => cursor }),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    jobId: t.exposeID('jobId'),
  }),
})

/** Description of `leftOut`, for the events of servers that send too many. */
export const leftOut = 'Number of events before this one that came too fast, and are not in the log'

const CancelJobInput = builder.inputType('CancelJobInput', {
  description:
    'Cancels a refresh or a run: notifies the server (notifications/cancelled), and ends the job as CANCELED. A job that has ended is unchanged.',
  fields: (t) => ({ id: t.id({ required: true }), reason: t.string() }),
})
const JobActionPayload = builder.objectRef<{ job: AnyJob }>('JobActionPayload').implement({
  fields: (t) => ({ job: t.field({ type: Job, resolve: ({ job }) => job }) }),
})
export const action = resultType('JobAction', JobActionPayload, ['InputError', 'ToolArgsError'])

builder.mutationField('cancelJob', (t) =>
  t.field({
    type: action.union,
    nullable: true,
    args: { input: t.arg({ type: CancelJobInput, required: true }) },
    resolve: (_, { input: { id, reason } }, { registry }) =>
      action.settle(async () => {
        const kind = idKind(id)
        const jobs = kind === 'run' ? registry.runs : kind === 'refresh' ? registry.refreshes : undefined
        const job = await jobs?.get(id)
        if (!jobs || !job)
          throw new RegistryError('NOT_FOUND', `No job has the id ${id.slice(0, 100)}`, { path: ['id'] })
        return { job: hasEnded(job.status) ? job : await jobs.cancel(id, reason ?? undefined) }
      }),
  }),
)

const DecideToolRunInput = builder.inputType('DecideToolRunInput', {
  description: [
    'APPROVED sends the call of a run that waits for an approval; REJECTED ends the run CANCELED. A run is decided once. Where there are',
    'keys, a key cannot decide a run that it started (FORBIDDEN), unless the server allows it.',
  ].join('\n'),
  fields: (t) => ({
    runId: t.id({ required: true }),
    decision: t.field({ type: ApprovalDecisionEnum, required: true }),
    reason: t.string(),
  }),
})

/** A caller as one that decides runs. Callers are not told apart without keys. */
export function decider(caller: Caller): { readonly actor: string; readonly mayDecideOwn?: true } {
  return { actor: caller.id, ...(caller === anonymous ? { mayDecideOwn: true } : {}) }
}

builder.mutationField('decideToolRun', (t) =>
  t.field({
    type: action.union,
    nullable: true,
    args: { input: t.arg({ type: DecideToolRunInput, required: true }) },
    resolve: (_, { input: { runId, decision, reason } }, { registry, caller }) =>
      action.settle(
        async () => {
          return {
            job: await registry.runs.decide(runId, { decision, reason: reason ?? undefined, ...decider(caller) }),
          }
        },
        ([first = '', ...rest]) => [first === 'id' ? 'runId' : first, ...rest],
      ),
  }),
)
