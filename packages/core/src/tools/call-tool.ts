import type { RunRecord } from '../jobs/job.ts'
import type { CallDuring } from '../jobs/runs.ts'
import type { JsonObject } from '../json.ts'
import type { DialTarget, SessionPool } from '../sessions/pool.ts'
import type { CallOutcome } from '../sessions/session.ts'
import { toExecutionResult } from './result.ts'

const stderrLinesKept = 1_000

export interface ToolCall {
  readonly target: DialTarget
  readonly toolName: string
  readonly args: JsonObject
  /** Why the args could not be checked, where that is so. */
  readonly unchecked: string | undefined
  readonly charLimit: number
  readonly configFingerprint: string
}

/** Calls the tool on a session of the pool and tells of what the server says meanwhile. Rejects where the dial fails. */
export async function callTool(
  pool: SessionPool,
  { signal, onSending, tell }: CallDuring,
  call: ToolCall,
): Promise<{ readonly outcome: CallOutcome; readonly result: RunRecord['result'] }> {
  const stderr: string[] = []
  const outcome = await pool.use<CallOutcome>(call.target, { signal }, async (session) => {
    await onSending()
    if (call.unchecked !== undefined) {
      const text = `warning: toolyard: the input schema does not compile, so the args were not checked: ${call.unchecked}`
      tell({ type: 'ToolRunOutput', stream: 'LOG', text })
    }
    const stopListening = session.onOutput(({ stream, text }) => {
      if (stream === 'PROTOCOL') return
      if (stream === 'STDERR' && stderr.length < stderrLinesKept) stderr.push(text)
      tell({ type: 'ToolRunOutput', stream, text })
    })
    try {
      const ended = await session.callTool(call.toolName, call.args, {
        timeouts: call.target.timeouts,
        signal,
        onProgress: ({ progress, total, message }) =>
          tell({
            type: 'ToolRunProgress',
            progress,
            ...(total === undefined ? {} : { total }),
            ...(message === undefined ? {} : { message }),
          }),
      })
      // It certainly had no effect: the pool may try it once more on a new session.
      if (ended.kind === 'NOT_SENT') throw ended.error
      return ended
    } finally {
      stopListening()
    }
  })
  if (outcome.kind !== 'ANSWERED') return { outcome, result: null }
  return { outcome, result: toExecutionResult(outcome.result, stderr, call.charLimit, call.configFingerprint) }
}
