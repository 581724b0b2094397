import { startDeadline } from '../base/deadline.ts'
import { isRegistryError } from '../base/errors.ts'
import { isLongerJson, unsafeInteger } from '../base/json.ts'
import type { RunRecord, ToolExecutionResult } from '../model/job.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { CallOutcome, McpSession, SessionOutput } from '../sessions/session.ts'
import { toExecutionResult } from './result.ts'
import type { CallHooks, ToolCall } from './tool-call.ts'

const stderrLinesKept = 1_000
/** Depth of structured content that is searched for rounded integers, and its length as JSON: the search is in one piece. */
const maxDepth = 200
const maxSearched = 256 * 1024

/** How a call ended, and the result if it was answered. */
export interface CallEnd {
  readonly outcome: CallOutcome
  readonly result: RunRecord['result']
}

type Lost = CallOutcome & { readonly kind: 'LOST' }

/**
 * Calls the tool on a session of the pool, within `maxTotalMs` as a whole, and emits what the server says meanwhile. Calls
 * once more only if the first call certainly never reached the server, or may be repeated. Rejects if the dial fails.
 */
export async function callTool(pool: SessionPool, call: ToolCall, hooks: CallHooks): Promise<CallEnd> {
  const { timeouts, charLimit, unchecked } = call
  using total = startDeadline(hooks.signal, [{ name: 'maxTotalMs', ms: timeouts.maxTotalMs }])
  const stderr = createStderrLines(charLimit)
  const attempt = (warning: string | undefined) =>
    pool.use<CallOutcome>(call.target, { signal: total.signal, connectMs: timeouts.connectMs }, async (session) => {
      await hooks.beforeSend()
      if (warning !== undefined) warn(hooks, warning)
      return callOn(session, call, { ...hooks, signal: total.signal }, stderr.add)
    })
  const warning = unchecked === undefined ? undefined : `not checked: ${unchecked}`
  const outcome = await callWithRepeats(attempt, call, total.signal, warning)
  if (outcome.kind !== 'ANSWERED') return { outcome, result: null }
  return toCallEnd(outcome, call, hooks, stderr.lines)
}

/** The last attempt's outcome; that of a lost one, if what came after it had no effect. */
async function callWithRepeats(
  attempt: (warning: string | undefined) => Promise<CallOutcome>,
  { isRepeatable }: ToolCall,
  signal: AbortSignal,
  unchecked: string | undefined,
): Promise<CallOutcome> {
  let warning = unchecked
  let lost: Lost | undefined
  let wasNotSent = false
  for (;;) {
    const outcome = await attempt(warning).catch((error: unknown) => {
      if (lost && !signal.aborted) return lost
      throw error
    })
    warning = undefined
    if (outcome.kind === 'NOT_SENT' && !wasNotSent) wasNotSent = true
    else if (outcome.kind === 'LOST' && isRepeatable && !lost) {
      lost = outcome
      warning = `${outcome.error.message}; the tool may be called twice, so it is called once more`
    } else {
      // The call that came last had no effect; the one that was lost may have had one.
      const hadNoEffect = outcome.kind === 'REFUSED' || outcome.kind === 'NOT_SENT'
      return lost && hadNoEffect ? lost : outcome
    }
  }
}

/** One call on one session. */
async function callOn(
  session: McpSession,
  { toolName, args, timeouts, recorded }: ToolCall,
  { runId, signal, emit }: CallHooks,
  onStderr: (text: string) => void,
): Promise<CallOutcome> {
  const stopListening = session.onOutput(({ stream, text }: SessionOutput) => {
    if (stream === 'PROTOCOL') return
    if (stream === 'STDERR') onStderr(text)
    emit({ type: 'ToolRunOutput', stream, text })
  })
  try {
    return await session.callTool(toolName, args, {
      requestMs: timeouts.requestMs,
      signal,
      observed: { runId, args: recorded.args === 'KEEP', result: recorded.result === 'KEEP' },
      onProgress: ({ progress, total, message }) =>
        emit({
          type: 'ToolRunProgress',
          progress,
          ...(total === undefined ? {} : { total }),
          ...(message === undefined ? {} : { message }),
        }),
    })
  } finally {
    stopListening()
  }
}

/** The lines on stderr that a result keeps: the first ones, of at most so many characters. */
function createStderrLines(charLimit: number) {
  const lines: string[] = []
  let left = charLimit
  return {
    lines,
    add(text: string): void {
      if (lines.length >= stderrLinesKept || text.length > left) return
      lines.push(text)
      left -= text.length
    },
  }
}

async function toCallEnd(
  outcome: CallOutcome & { readonly kind: 'ANSWERED' },
  { charLimit, configFingerprint }: ToolCall,
  hooks: CallHooks,
  stderr: readonly string[],
): Promise<CallEnd> {
  try {
    const result = await toExecutionResult(outcome.result, stderr, charLimit, configFingerprint)
    warnOfRounding(result, hooks)
    return { outcome, result }
  } catch (error) {
    // The tool did its work, and its answer cannot be shown.
    if (isRegistryError(error)) return { outcome: { kind: 'LOST', error }, result: null }
    throw error
  }
}

function warnOfRounding({ structuredContent }: ToolExecutionResult, hooks: CallHooks): void {
  if (structuredContent === null || isLongerJson(structuredContent, maxSearched)) return
  const integer = unsafeInteger(structuredContent, maxDepth)
  if (integer === undefined) return
  const which = `the structured content has an integer over 2^53 (${integer})`
  warn(hooks, `${which}, which may have been rounded; the server should give it as a string`)
}

function warn({ emit }: CallHooks, text: string): void {
  emit({ type: 'ToolRunOutput', stream: 'LOG', text: `warning: toolyard: ${text}` })
}
