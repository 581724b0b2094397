import { invalidInput } from '../base/errors.ts'
import { parseId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { RunRecord } from '../model/job.ts'
import type { ToolRecord } from '../model/tool.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { RunViews } from './run-views.ts'

/** The run that another one repeats. */
export interface RepeatedRun {
  /**
   * Its args in full.
   *
   * @throws INVALID_INPUT, with path `args`, unless the history has all of them
   */
  args(): Promise<JsonObject>
  /** @throws INVALID_INPUT, with path `retriedFrom`, if it is a run of another tool */
  readonly assertSameTool: (tool: ToolRecord) => void
}

function repeat(run: RunRecord, views: RunViews): RepeatedRun {
  return {
    async args() {
      if (run.recorded.args === 'KEEP') return (await views.of(run)).args
      const why = run.recorded.args === 'REDACT' ? 'with their values redacted' : 'without them'
      throw invalidInput(['args'], `args: the history has ${run.id} ${why}; pass the args to repeat it`)
    },
    assertSameTool({ id, definition }) {
      if (id === run.toolId) return
      const message = `retriedFrom: ${run.id} is a run of "${run.toolName}", not of "${definition.name}"; repeat a run of the same tool`
      throw invalidInput(['retriedFrom'], message)
    },
  }
}

/**
 * Answers the function that finds the run that a new one repeats, among those of the tenant.
 *
 * @throws INVALID_INPUT, with path `retriedFrom`, if there is no such run
 */
export function createRepeatedRuns({ runs }: TenantStorage, views: RunViews) {
  return async (id: string): Promise<RepeatedRun> => {
    const runId = parseId('run', id)
    const run = runId && (await runs.get(runId))
    if (!run) throw invalidInput(['retriedFrom'], `retriedFrom: no run has the id ${id.slice(0, 100)}`)
    return repeat(run, views)
  }
}
