import { startDeadline } from '../base/deadline.ts'
import { isRegistryError } from '../base/errors.ts'
import { isLongerJson, type JsonObject, unsafeInteger } from '../base/json.ts'
import type { RunRecord, ToolExecutionResult } from '../model/job.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { CallOptions, CallOutcome } from '../sessions/session.ts'
import { toExecutionResult } from './result.ts'
import type { CallDuring } from './run-plan.ts'

const stderrLinesKept = 1_000
/** Depth of structured content that is searched for rounded integers, and its length as JSON: the search is in one piece. */
const maxDepth = 200
const maxSearched = 256 * 1024

export interface ToolCall {
  readonly target: DialTarget
  readonly timeouts: McpTimeouts
  readonly toolName: string
  readonly args: JsonObject
  /** Whether a second call changes nothing: the tool says that it only reads, or that it is idempotent. */
  readonly isRepeatable: boolean
  /** What of the args could not be checked, where that is so. */
  readonly unchecked: string | undefined
  readonly charLimit: number
  readonly configFingerprint: string
  /** What a span may have of it. */
  readonly mayCapture: Omit<CallOptions['observed'], 'runId'>
}

/**
 * Calls the tool on a session of the pool, within `maxTotalMs` as a whole, and tells of what the server says meanwhile.
 * It calls once more only where the first call certainly never reached the server, or may be repeated. Rejects where the
 * dial fails.
 */
export async function callTool(
  pool: SessionPool,
  { runId, signal: caller, onSending, tell }: CallDuring,
  call: ToolCall,
): Promise<{ readonly outcome: CallOutcome; readonly result: RunRecord['result'] }> {
  const { target, timeouts, toolName, args, isRepeatable, unchecked, charLimit, configFingerprint, mayCapture } = call
  const { connectMs, requestMs, maxTotalMs } = timeouts
  using total = startDeadline(caller, [{ name: 'maxTotalMs', ms: maxTotalMs }])
  const { signal } = total
  const stderr: string[] = []
  let stderrLeft = charLimit

  const attempt = (warning: string | undefined) =>
    pool.use<CallOutcome>(target, { signal, connectMs }, async (session) => {
      await onSending()
      if (warning !== undefined) {
        tell({ type: 'ToolRunOutput', stream: 'LOG', text: `warning: toolyard: ${warning}` })
      }
      const stopListening = session.onOutput(({ stream, text }) => {
        if (stream === 'PROTOCOL') return
        if (stream === 'STDERR' && stderr.length < stderrLinesKept && text.length <= stderrLeft) {
          stderr.push(text)
          stderrLeft -= text.length
        }
        tell({ type: 'ToolRunOutput', stream, text })
      })
      try {
        return await session.callTool(toolName, args, {
          requestMs,
          signal,
          observed: { runId, ...mayCapture },
          onProgress: ({ progress, total: of, message }) =>
            tell({
              type: 'ToolRunProgress',
              progress,
              ...(of === undefined ? {} : { total: of }),
              ...(message === undefined ? {} : { message }),
            }),
        })
      } finally {
        stopListening()
      }
    })

  let warning = unchecked === undefined ? undefined : `not checked: ${unchecked}`
  let lost: (CallOutcome & { readonly kind: 'LOST' }) | undefined
  let wasNotSent = false
  let outcome: CallOutcome
  for (;;) {
    outcome = await attempt(warning).catch((error: unknown) => {
      if (lost && !signal.aborted) return lost
      throw error
    })
    warning = undefined
    if (outcome.kind === 'NOT_SENT' && !wasNotSent) wasNotSent = true
    else if (outcome.kind === 'LOST' && isRepeatable && !lost) {
      lost = outcome
      warning = `${outcome.error.message}; the tool may be called twice, so it is called once more`
    } else break
  }
  // The call that came last had no effect; the one that was lost still may have had.
  if (lost && (outcome.kind === 'REFUSED' || outcome.kind === 'NOT_SENT')) outcome = lost
  if (outcome.kind !== 'ANSWERED') return { outcome, result: null }
  let result: ToolExecutionResult
  try {
    result = await toExecutionResult(outcome.result, stderr, charLimit, configFingerprint)
  } catch (error) {
    // The tool did what it does, and what it answered cannot be told.
    if (isRegistryError(error)) return { outcome: { kind: 'LOST', error }, result: null }
    throw error
  }
  const { structuredContent } = result
  const isSearched = structuredContent !== null && !isLongerJson(structuredContent, maxSearched)
  const integer = isSearched ? unsafeInteger(structuredContent, maxDepth) : undefined
  if (integer !== undefined) {
    const text = `the structured content has an integer over 2^53 (${integer}), which may have been rounded; the server should give it as a string`
    tell({ type: 'ToolRunOutput', stream: 'LOG', text: `warning: toolyard: ${text}` })
  }
  return { outcome, result }
}
