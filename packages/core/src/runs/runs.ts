import { isRegistryError } from '../base/errors.ts'
import { parseId, type RunId } from '../base/ids.ts'
import { createJobHandles } from '../jobs/job-handles.ts'
import type { RunRecord } from '../model/job.ts'
import type { RunJob, RunJobEvent, RunsApi, ToolRun } from './api.ts'
import { type BeginRunDeps, type BegunRun, createRunStarter } from './begin-run.ts'
import { createCallPreparation, type PrepareCallDeps } from './prepare-call.ts'
import { isRunEvent } from './run-event.ts'
import { createRunHistory, toToolRun } from './run-history.ts'

export interface RunsDeps extends BeginRunDeps, PrepareCallDeps {}

/** The runs of a tenant. */
export function createRuns(deps: RunsDeps): RunsApi {
  const { storage } = deps
  const prepare = createCallPreparation(deps)
  const starter = createRunStarter(deps)
  const handles = createJobHandles<RunId, RunRecord, ToolRun, RunJobEvent>(deps, {
    noun: 'run',
    parseId: (id) => parseId('run', id),
    read: (id) => storage.runs.get(id),
    toView: toToolRun,
    present: async (page) => page.map(({ event, base }) => (isRunEvent(event) ? { ...event, ...base } : undefined)),
  })
  const { events, wait, cancel } = handles

  async function resultOf(begun: BegunRun): Promise<ToolRun> {
    try {
      return begun.deduplicated ? await wait(begun.id) : toToolRun(await begun.ended)
    } catch (error) {
      if (!isRegistryError(error, 'LEASE_LOST')) throw error
      // The node that recovered the run wrote how it ended.
      return wait(begun.id)
    }
  }

  function toJob(begun: BegunRun): RunJob {
    const { id, deduplicated } = begun
    return {
      id,
      deduplicated,
      events: (options) => events(id, options),
      result: () => resultOf(begun),
      cancel: async (reason) => {
        await cancel(id, reason)
      },
    }
  }

  return {
    ...createRunHistory(storage),
    async start(ref, args = {}, options = {}) {
      return toJob(await starter.begin(await prepare(ref, args, options), options))
    },
    events,
    wait,
    cancel,
  }
}
