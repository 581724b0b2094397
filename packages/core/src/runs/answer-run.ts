import type { AuditLog } from '../audit/audit.ts'
import { invalidInput, RegistryError, toJobError } from '../base/errors.ts'
import { parseId, type RunId } from '../base/ids.ts'
import { canceled, type RunningJobs } from '../jobs/running-jobs.ts'
import { checkActor } from '../model/actor.ts'
import type { RunRecord } from '../model/job.ts'
import type { InputPause } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { AnswerRunInput } from './api.ts'
import type { RunStarter } from './begin-run.ts'
import { currentCall } from './current-call.ts'
import { getRun } from './get-run.ts'
import { type AnswerChecks, answeredInput, endsRun } from './input-answers.ts'
import { type InputPauses, isHeld } from './input-pauses.ts'
import type { PausedCalls, PausedInput } from './paused-call.ts'
import type { PrepareCall } from './prepare-call.ts'
import { expired, type PausedRun, type RunPauses } from './run-pauses.ts'

export interface AnswerRunDeps {
  readonly storage: TenantStorage
  readonly audit: AuditLog
  readonly jobs: RunningJobs
  readonly pauses: RunPauses
  readonly inputPauses: InputPauses
  readonly pausedCalls: PausedCalls
  readonly prepare: PrepareCall
  readonly starter: RunStarter
  readonly answerChecks: AnswerChecks
}

type Waiting = PausedRun<InputPause>

/** The error of an answer to a run that does not wait for one. */
function notWaiting({ id, status }: RunRecord): RegistryError {
  return invalidInput(['id'], `The run ${id} is ${status}, and waits for no answer`)
}

/** Answers the function that answers what the server of a run asks for: `RunsApi.answer`, without the view. */
export function createRunAnswers(deps: AnswerRunDeps) {
  const { storage, audit, jobs, pauses, inputPauses, pausedCalls, prepare, starter, answerChecks } = deps

  /** @throws INVALID_INPUT, with the state that the run has by now */
  async function lost(runId: RunId): Promise<never> {
    const run = await getRun(storage, runId, runId)
    if (run.status !== 'INPUT_REQUIRED') throw notWaiting(run)
    throw invalidInput(
      ['id'],
      `The run ${runId} is ${run.status}, and another answer came first: read it, and answer again`,
    )
  }

  async function findWaiting(run: RunRecord): Promise<Waiting> {
    if (run.status !== 'INPUT_REQUIRED') throw notWaiting(run)
    const found = await pauses.find(run.id)
    if (found?.pause.kind !== 'INPUT') return lost(run.id)
    const waiting: Waiting = { run: found.run, pause: found.pause }
    if (waiting.pause.expiresAt > Date.now()) return waiting
    await expire(waiting)
    return lost(run.id)
  }

  async function expire(found: Waiting): Promise<void> {
    const { run, pause } = found
    if (!isHeld(pause)) await pauses.end(run, pause, expired(found))
    else if (await inputPauses.settle(run, pause, { kind: 'EXPIRED' })) jobs.wake(run.id)
  }

  function assertMayAnswer(run: RunRecord, { actor, mayAnswerOthers = true }: AnswerRunInput): void {
    if (mayAnswerOthers || (actor !== undefined && run.actor === actor)) return
    const message = `The run ${run.id} was started by another caller; answering it takes the scope write`
    throw new RegistryError('FORBIDDEN', message, { path: ['id'] })
  }

  async function answer(id: string, input: AnswerRunInput): Promise<RunRecord> {
    jobs.assertOpen()
    checkActor(input.actor)
    const runId = parseId('run', id)
    const entry = { action: 'RUN_ANSWERED', actor: input.actor, ...(runId ? { targetId: runId } : {}) } as const
    return audit.orRefused(entry, async () => {
      const run = await getRun(storage, runId, id)
      assertMayAnswer(run, input)
      const found = await findWaiting(run)
      const answers = answerChecks.check(found.pause, input.responses)
      const before = await pausedCalls.openInput(found.pause)
      const whole: PausedInput = { ...before, answers: { ...before.answers, ...answers } }
      answerChecks.assertSize(whole)
      return take(found, whole, [audit.done({ ...entry, targetName: run.toolName })])
    })
  }

  /** Stores the answers, and has the run go on if they are all. Of several writes, the first one counts. */
  async function take(found: Waiting, whole: PausedInput, writes: readonly Write[]): Promise<RunRecord> {
    const { run, pause } = found
    if (pause.requests.some(({ key }) => !Object.hasOwn(whole.answers, key))) {
      return (await inputPauses.answerSome(run, pause, whole, writes)) ? run : lost(run.id)
    }
    if (isHeld(pause)) {
      const going = await inputPauses.settle(run, pause, { kind: 'ANSWERED', input: whole, writes })
      if (!going) return lost(run.id)
      jobs.wake(run.id)
      return going
    }
    if (endsRun(pause, whole)) {
      const error = toJobError(canceled('REJECTED', 'what the server asked for was declined'))
      return (await pauses.end(run, pause, { status: 'CANCELED', error, writes })) ?? lost(run.id)
    }
    return sendAgain(found, whole, writes)
  }

  /** Sends the call again, from this node. */
  async function sendAgain(found: Waiting, whole: PausedInput, writes: readonly Write[]): Promise<RunRecord> {
    const { run, pause } = found
    const paused = await pausedCalls.open(pause)
    const current = await currentCall(prepare, found, paused)
    if ('end' in current) {
      await pauses.end(run, pause, current.end)
      return lost(run.id)
    }
    const { requests, timeoutMs: inputTimeoutMs } = pause
    const { spentMs } = whole
    const answered = pause.resume.kind === 'RETRY' ? answeredInput(requests, whole) : undefined
    const store = (ownerId: RunRecord['ownerId']) => inputPauses.goOn(run, pause, { ownerId, writes })
    const options = { ...paused.options, inputTimeoutMs, spentMs, answered }
    return (await starter.resume(current.call, options, store)) ?? lost(run.id)
  }

  async function acceptVisited(found: Waiting, key: string): Promise<void> {
    const before = await pausedCalls.openInput(found.pause)
    await take(found, { ...before, answers: { ...before.answers, [key]: { action: 'ACCEPT' } } }, [])
  }

  return { answer, expire, acceptVisited }
}
