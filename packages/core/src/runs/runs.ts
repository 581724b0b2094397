import { isRegistryError } from '../base/errors.ts'
import { parseId, type RunId } from '../base/ids.ts'
import { createJobHandles } from '../jobs/job-handles.ts'
import { abortReason, canceled } from '../jobs/running-jobs.ts'
import { isPaused } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { RunJob, RunJobEvent, RunOptions, RunResultOptions, RunsApi, ToolRun } from './api.ts'
import { type BeginRunDeps, type BegunRun, createRunStarter } from './begin-run.ts'
import { createRunDecisions } from './decide-run.ts'
import { createPausedRunControl, type PausedRunControl } from './end-pauses.ts'
import { createPausedCalls } from './paused-call.ts'
import { createCallPreparation, type PrepareCallDeps } from './prepare-call.ts'
import { createRepeatedRuns } from './repeat-run.ts'
import { isRunEvent } from './run-event.ts'
import { createRunHistory } from './run-history.ts'
import { createRunPauses, type RunPausesDeps } from './run-pauses.ts'
import { createRunViews, toToolRun } from './run-views.ts'

export interface RunsDeps extends Omit<BeginRunDeps, 'pauses'>, PrepareCallDeps, Omit<RunPausesDeps, 'pausedCalls'> {
  readonly keyRing: KeyRing
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
  const prepare = createCallPreparation(given)
  const starter = createRunStarter({ ...given, pauses })
  const deps = { ...given, pausedCalls, pauses, prepare, starter }
  const paused = createPausedRunControl(deps)
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

  async function wait(id: string, { untilPaused = false }: RunResultOptions = {}): Promise<ToolRun> {
    const runId = untilPaused ? parseId('run', id) : undefined
    // A run is paused from its beginning, or never.
    const run = runId && (await storage.runs.get(runId))
    return run && isPaused(run.status) ? views.of(run) : handles.wait(id)
  }

  async function cancel(id: string, reason?: string): Promise<ToolRun> {
    const runId = parseId('run', id)
    const ended = runId && (await paused.cancel(runId, 'CALLER', reason))
    return ended ? views.of(ended) : handles.cancel(id, reason)
  }

  async function resultOf(begun: BegunRun, options?: RunResultOptions): Promise<ToolRun> {
    try {
      return begun.deduplicated || !begun.ended ? await wait(begun.id, options) : toToolRun(await begun.ended)
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
    const call = await prepare(ref, given, options, undefined, repeated?.assertSameTool)
    const begun = await starter.begin(call, options)
    if (isWaiting(begun, options)) cancelPausedOnAbort(begun.id, options.signal)
    return toJob(begun)
  }

  return {
    ...createRunHistory(storage, views),
    start,
    events,
    wait,
    cancel,
    decide: async (id, decision) => views.of(await decideRun(id, decision)),
    pausedArgs: (ids) => views.pausedArgs(ids.flatMap((id) => parseId('run', id) ?? [])),
    paused,
  }
}

function isWaiting(begun: BegunRun, options: RunOptions): options is RunOptions & { readonly signal: AbortSignal } {
  return !begun.deduplicated && begun.ended === undefined && options.signal !== undefined
}
