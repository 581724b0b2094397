import { isRegistryError, toJobError } from '../base/errors.ts'
import { canceled } from '../jobs/running-jobs.ts'
import type { PausedCall } from './paused-call.ts'
import type { PrepareCall } from './prepare-call.ts'
import type { PausedEnd, PausedRun } from './run-pauses.ts'
import type { ToolCall } from './tool-call.ts'

/** Codes of a tool that cannot be run by its state, whatever the args. */
const unavailable: ReadonlySet<string> = new Set(['NOT_FOUND', 'DISABLED', 'QUARANTINED'])
/** Codes of args and variables that fit before, and do not fit the tool or server of now. */
const unfit: ReadonlySet<string> = new Set(['TOOL_ARGS_INVALID', 'INVALID_INPUT'])

/** The call of a paused run as it would be made now, or the end of a run that can no longer make it. */
export async function currentCall(
  prepare: PrepareCall,
  { run, pause }: PausedRun,
  { args, options }: PausedCall,
): Promise<{ readonly call: ToolCall } | { readonly end: PausedEnd }> {
  try {
    const call = await prepare({ id: run.toolId }, args, options, { isAudited: false })
    if (call.configFingerprint === pause.configFingerprint) return { call }
    return { end: { status: 'CANCELED', error: toJobError(canceled('SERVER_UPDATED')) } }
  } catch (error) {
    if (!isRegistryError(error)) throw error
    if (unavailable.has(error.code)) {
      return { end: { status: 'CANCELED', error: toJobError(canceled('TOOL_UNAVAILABLE', error.message)) } }
    }
    if (unfit.has(error.code)) return { end: { status: 'FAILED', error: toJobError(error) } }
    throw error
  }
}
