import { isRegistryError } from '../base/errors.ts'
import { parseId, type RunId } from '../base/ids.ts'
import { createJobHandles } from '../jobs/job-handles.ts'
import { abortReason, canceled } from '../jobs/running-jobs.ts'
import { hasEnded, isPaused } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import { createRunAnswers } from './answer-run.ts'
import type { RunJob, RunJobEvent, RunResultOptions, RunsApi, ToolRun } from './api.ts'
import type { ArgumentChecks } from './arguments.ts'
import { type BeginRunDeps, type BegunRun, createRunStarter, type Work } from './begin-run.ts'
import { createRunDecisions, isOthers } from './decide-run.ts'
import { createPausedRunControl, type PausedRunControl } from './end-pauses.ts'
import { createAnswerChecks } from './input-answers.ts'
import { createInputPauses } from './input-pauses.ts'
import { createPausedCalls } from './paused-call.ts'
import { createCallPreparation, type PrepareCallDeps } from './prepare-call.ts'
import { createRepeatedRuns } from './repeat-run.ts'
import { isRunEvent } from './run-event.ts'
import { createRunHistory } from './run-history.ts'
import { createRunPauses, type RunPausesDeps } from './run-pauses.ts'
import { createRunViews, toToolRun } from './run-views.ts'

export interface RunsDeps
  extends Omit<BeginRunDeps, 'pauses' | 'inputPauses' | 'pausedCalls'>,
    Omit<PrepareCallDeps, 'checker'>,
    Omit<RunPausesDeps, 'pausedCalls'> {
  readonly keyRing: KeyRing
  readonly argumentChecks: ArgumentChecks
  /** Whether an actor may decide a run that it started. */
  readonly selfApproval: boolean
}

/** The runs of a tenant, with what its servers and tools need to stop paused ones. */
export interface RunControl extends RunsApi {
  readonly paused: PausedRunControl
}

export function createRuns(given: RunsDeps): RunControl {
  const { storage } = given
  const pausedCalls = createPausedCalls(given.keyRing, storage.tenantId)
  const pauses = createRunPauses({ ...given, pausedCalls })
  const inputPauses = createInputPauses({ ...given, pausedCalls })
  const checker = given.argumentChecks.createChecker()
  const prepare = createCallPreparation({ ...given, checker })
  const starter = createRunStarter({ ...given, pauses, inputPauses, pausedCalls })
  const answerChecks = createAnswerChecks(checker, given.meter)
  const deps = { ...given, pausedCalls, pauses, inputPauses, prepare, starter, answerChecks }
  const { answer: answerRun, expire: expireInput, acceptVisited } = createRunAnswers(deps)
  const paused = createPausedRunControl({ ...deps, expireInput, acceptVisited })
  const decideRun = createRunDecisions(deps)
  const views = createRunViews(deps)
  const repeatedRun = createRepeatedRuns(storage, views)
  const handles = createJobHandles<RunId, RunRecord, ToolRun, RunJobEvent>(given, {
    noun: 'run',
    parseId: (id) => parseId('run', id),
    read: (id) => storage.runs.get(id),
    toView: (run) => views.of(run),
    present: async (page) => page.map(({ event, base }) => (isRunEvent(event) ? { ...event, ...base } : undefined)),
  })
  const { events } = handles

  /** Resolves once the run waits for a caller, or has ended. */
  async function waitUntilPaused(runId: RunId): Promise<ToolRun> {
    for await (const { type } of events(runId)) {
      if (!asksCaller.has(type)) continue
      const run = await storage.runs.get(runId)
      if (run && isPaused(run.status)) return views.of(run)
    }
    return handles.wait(runId)
  }

  async function wait(id: string, { untilPaused = false }: RunResultOptions = {}): Promise<ToolRun> {
    const runId = untilPaused ? parseId('run', id) : undefined
    const run = runId && (await storage.runs.get(runId))
    return run && !hasEnded(run.status) ? waitUntilPaused(run.id) : handles.wait(id)
  }

  /** Cancels the run, also if it begins to wait meanwhile, when no node works on it. */
  async function cancel(id: string, reason?: string): Promise<ToolRun> {
    const runId = parseId('run', id)
    const cancelPaused = async () => runId && (await paused.cancel(runId, 'CALLER', reason))
    const ended = await cancelPaused()
    if (ended) return views.of(ended)
    await handles.requestCancel(id, reason)
    const run = runId && (await storage.runs.get(runId))
    if (run && isPaused(run.status)) await cancelPaused()
    return handles.wait(id)
  }

  async function resultOf(begun: BegunRun, options: RunResultOptions = {}): Promise<ToolRun> {
    if (begun.deduplicated || !begun.ended) return wait(begun.id, options)
    try {
      const run = await (options.untilPaused ? endedOrHeld(begun) : begun.ended)
      // It has gone on meanwhile, on whatever node, or waits.
      return hasEnded(run.status) ? toToolRun(run) : wait(begun.id, options)
    } catch (error) {
      if (!isRegistryError(error, 'LEASE_LOST')) throw error
      // The node that recovered the run wrote how it ended.
      return wait(begun.id, options)
    }
  }

  function toJob(begun: BegunRun): RunJob {
    const { id, deduplicated } = begun
    return {
      id,
      deduplicated,
      events: (options) => events(id, options),
      result: (options) => resultOf(begun, options),
      cancel: async (reason) => {
        await cancel(id, reason)
      },
    }
  }

  async function cancelBySignal(id: RunId, reason: string | undefined): Promise<void> {
    if (await paused.cancel(id, 'SIGNAL', reason)) return
    // Approved meanwhile: here, or on another node.
    if (!given.jobs.cancel(id, canceled('SIGNAL', reason))) await handles.cancel(id, reason)
  }

  /** Cancels a paused run if `signal` aborts before its end, also once it goes on. */
  function cancelPausedOnAbort(id: RunId, signal: AbortSignal): void {
    const onAbort = () => {
      cancelBySignal(id, abortReason(signal)).catch(given.onError)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const stop = () => signal.removeEventListener('abort', onAbort)
    void handles.wait(id).then(stop, stop)
  }

  async function start(...[ref, args, options = {}]: Parameters<RunsApi['start']>): Promise<RunJob> {
    const repeated = options.retriedFrom === undefined ? undefined : await repeatedRun(options.retriedFrom)
    const given = args ?? (await repeated?.args()) ?? {}
    const prepared = prepare(ref, given, options, undefined, repeated?.assertSameTool)
    const call = prepared instanceof Promise ? await prepared : prepared
    const begun = await starter.begin(call, options)
    const { signal } = options
    if (signal && !begun.deduplicated) {
      if (begun.ended)
        void begun.ended.then(({ status }) => !hasEnded(status) && cancelPausedOnAbort(begun.id, signal), ignored)
      else cancelPausedOnAbort(begun.id, signal)
    }
    return toJob(begun)
  }

  return {
    ...createRunHistory(storage, views),
    start,
    events,
    wait,
    cancel,
    answer: async (id, input) => views.of(await answerRun(id, input)),
    decide: async (id, decision) => views.of(await decideRun(id, decision)),
    mayDecide: (run, by) => run.status === 'AWAITING_APPROVAL' && isOthers(run, by, deps.selfApproval),
    pausedArgs: (ids) => views.pausedArgs(ids.flatMap((id) => parseId('run', id) ?? [])),
    paused,
  }
}

/** The events by which a run begins to wait for a caller. */
const asksCaller: ReadonlySet<RunJobEvent['type']> = new Set(['ToolRunApprovalRequested', 'ToolRunInputRequested'])

/** A failure that the caller of the run receives. */
const ignored = () => undefined

/** Resolves once the run has ended, or waits for a caller while its call stays open. */
async function endedOrHeld({ ended, input }: Work): Promise<RunRecord> {
  const { promise: held, resolve } = Promise.withResolvers<RunRecord>()
  input.onHeld = resolve
  return Promise.race([ended, held])
}
