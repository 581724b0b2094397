import type { AuditLog } from '../audit/audit.ts'
import { invalidInput, RegistryError, toJobError } from '../base/errors.ts'
import { parseId, type RunId } from '../base/ids.ts'
import { canceled, type RunningJobs } from '../jobs/running-jobs.ts'
import { checkActor } from '../model/actor.ts'
import type { RunApproval } from '../model/approval-policy.ts'
import type { RunRecord } from '../model/job.ts'
import type { ApprovalPause } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { DecideRunInput } from './api.ts'
import type { RunStarter } from './begin-run.ts'
import { currentCall } from './current-call.ts'
import { getRun } from './get-run.ts'
import { askedAbout, type PausedCalls } from './paused-call.ts'
import type { PrepareCall } from './prepare-call.ts'
import { expired, type PausedRun, type ResumeStep, type RunPauses } from './run-pauses.ts'

export interface DecideRunDeps {
  readonly storage: TenantStorage
  readonly audit: AuditLog
  readonly jobs: RunningJobs
  readonly pauses: RunPauses
  readonly pausedCalls: PausedCalls
  readonly prepare: PrepareCall
  readonly starter: RunStarter
  /** Whether an actor may decide a run that it started. */
  readonly selfApproval: boolean
}

type Awaiting = PausedRun<ApprovalPause>

/** Longest reason of a decision, in characters. */
const maxReasonLength = 1_000

function checkInput({ decision, reason, actor }: DecideRunInput): void {
  checkActor(actor)
  if (decision !== 'APPROVED' && decision !== 'REJECTED') {
    throw invalidInput(['decision'], 'decision: expected APPROVED or REJECTED, got another value')
  }
  if (reason === undefined || (typeof reason === 'string' && reason.length <= maxReasonLength)) return
  throw invalidInput(['reason'], `reason: expected text of at most ${maxReasonLength} characters, got something else`)
}

/** The error of a decision about a run that does not wait for one. */
function notAwaiting({ id, status, approval }: RunRecord): RegistryError {
  const { decision, decidedBy } = approval ?? {}
  const by = decidedBy ? ` by ${decidedBy}` : ''
  const decided = decision ? `; it was ${decision}${by} before` : ''
  return invalidInput(['id'], `The run ${id} is ${status}, and waits for no decision${decided}`)
}

/** Whether another actor started the run, or this one may decide its own, too. */
export function isOthers(
  run: Pick<RunRecord, 'actor'>,
  { actor, mayDecideOwn }: Pick<DecideRunInput, 'actor' | 'mayDecideOwn'>,
  selfApproval: boolean,
): boolean {
  return (mayDecideOwn ?? selfApproval) || run.actor === null || run.actor !== actor
}

/** Answers the function that decides a run which waits for an approval: `RunsApi.decide`, without the view. */
export function createRunDecisions(deps: DecideRunDeps) {
  const { storage, audit, jobs, pauses, pausedCalls, prepare, starter, selfApproval } = deps

  /** @throws INVALID_INPUT, with the state that the run has by now */
  async function lost(runId: RunId): Promise<never> {
    const run = await getRun(storage, runId, runId)
    if (run.status !== 'AWAITING_APPROVAL') throw notAwaiting(run)
    throw invalidInput(
      ['id'],
      `The run ${runId} is ${run.status}, and was asked about again: read it, and decide again`,
    )
  }

  async function findAwaiting(run: RunRecord): Promise<Awaiting> {
    if (run.status !== 'AWAITING_APPROVAL') throw notAwaiting(run)
    const found = await pauses.find(run.id)
    if (found?.pause.kind !== 'APPROVAL') return lost(run.id)
    const awaiting: Awaiting = { run: found.run, pause: found.pause }
    if (awaiting.pause.expiresAt > Date.now()) return awaiting
    await pauses.end(awaiting.run, awaiting.pause, expired(awaiting))
    return lost(run.id)
  }

  function assertMayDecide(run: RunRecord, input: DecideRunInput): void {
    if (isOthers(run, input, selfApproval)) return
    const message = `The run ${run.id} was started by ${input.actor}, which may not decide it; another key with the scope write may`
    throw new RegistryError('FORBIDDEN', message, { path: ['id'] })
  }

  async function decide(id: string, input: DecideRunInput): Promise<RunRecord> {
    jobs.assertOpen()
    checkInput(input)
    const { decision, reason, actor } = input
    const runId = parseId('run', id)
    const action = decision === 'APPROVED' ? 'RUN_APPROVED' : 'RUN_REJECTED'
    const entry = { action, actor, ...(runId ? { targetId: runId } : {}) } as const
    return audit.orRefused(entry, async () => {
      const run = await getRun(storage, runId, id)
      assertMayDecide(run, input)
      const found = await findAwaiting(run)
      const approval: RunApproval = {
        requestedAt: found.run.approval?.requestedAt ?? run.createdAt,
        decidedAt: Date.now(),
        decision,
        decidedBy: actor ?? null,
        reason: reason ?? null,
      }
      const writes = [audit.done({ ...entry, targetName: run.toolName })]
      if (decision === 'APPROVED') return approve(found, { approval, writes })
      const end = { status: 'CANCELED', error: toJobError(canceled('REJECTED', reason)), approval, writes } as const
      return (await pauses.end(found.run, found.pause, end)) ?? lost(run.id)
    })
  }

  /** What was asked about is what runs: a tool that has changed since is asked about again. */
  async function approve(found: Awaiting, step: Pick<ResumeStep, 'approval' | 'writes'>): Promise<RunRecord> {
    const { run, pause } = found
    const paused = await pausedCalls.open(pause)
    const current = await currentCall(prepare, found, paused)
    if ('end' in current) {
      await pauses.end(run, pause, current.end)
      return lost(run.id)
    }
    const { call } = current
    if (askedAbout(call).definitionDigest !== pause.definitionDigest) {
      await pauses.askAgain(run, pause, call)
      return lost(run.id)
    }
    const store = (ownerId: RunRecord['ownerId']) => pauses.resume(run, pause, { ...step, args: call.args, ownerId })
    return (await starter.resume(call, paused.options, store)) ?? lost(run.id)
  }

  return decide
}
