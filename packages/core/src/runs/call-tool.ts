import { setTimeout as delay } from 'node:timers/promises'
import { type Deadline, startDeadline } from '../base/deadline.ts'
import { isRegistryError } from '../base/errors.ts'
import { isLongerJson, unsafeInteger } from '../base/json.ts'
import type { RunRecord, ToolExecutionResult } from '../model/job.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { CallInput, CallOutcome, InputAnswered, McpSession, SessionOutput } from '../sessions/session.ts'
import type { UseOptions } from '../sessions/session-pool.ts'
import type { CallHooks } from './call-hooks.ts'
import { answeredInput } from './input-answers.ts'
import { toExecutionResult } from './result.ts'
import type { RunInput } from './run-input.ts'
import type { ToolCall } from './tool-call.ts'

/** Lines of stderr that a result keeps. */
const stderrLinesKept = 1_000
/** Depth, and characters as JSON, up to which structured content is searched for rounded integers, in one piece. */
const maxDepth = 200
const maxSearched = 256 * 1024

/** Pauses before a server that only wants to be called again is: they double up to the longest, in ms. */
const firstPauseMs = 50
const maxPauseMs = 5_000

/** The outcome of a call, and its result if the server answered. */
export interface CallEnd {
  readonly outcome: CallOutcome
  readonly result: RunRecord['result']
}

type Lost = CallOutcome & { readonly kind: 'LOST' }

/**
 * Calls the tool on a session of the pool, within `maxTotalMs` in total, and emits the server's progress and output. Calls a
 * second time only if the first call never reached the server, or if the tool may be called twice. Rejects as the dial does.
 */
export async function callTool(pool: SessionPool, call: ToolCall, hooks: CallHooks): Promise<CallEnd> {
  const { timeouts, charLimit, unchecked } = call
  const total = startDeadline(hooks.cancellation, [{ name: 'maxTotalMs', ms: timeouts.maxTotalMs }])
  const stderr = new StderrLines(charLimit)
  const { input } = hooks
  const ask: CallInput['ask'] = async (request, withdrawn) => {
    const goOn = total.hold()
    return await input.ask(request, withdrawn).finally(goOn)
  }
  const waiting = new CallWait(total, timeouts.connectMs)
  const attempt: Attempt = (warning, answered) =>
    pool.use<CallOutcome>(call.target, waiting, async (session) => {
      const storing = hooks.beforeSend()
      if (storing) await storing
      if (warning !== undefined) warn(hooks, warning)
      return callOn(session, call, hooks, { actor: input.actor, answered, ask }, total, stderr)
    })
  const warning = unchecked === undefined ? undefined : `not checked: ${unchecked}`
  // Without `using`, which is compiled to more work than the rest of this function.
  try {
    const outcome = await callToTheEnd(attempt, call, { input, total, warning })
    if (outcome.kind !== 'ANSWERED') return { outcome, result: null }
    const end = toCallEnd(outcome, call, hooks, stderr.lines)
    return end instanceof Promise ? await end : end
  } finally {
    total[Symbol.dispose]()
  }
}

/** How a call waits for its session. */
class CallWait implements UseOptions {
  readonly connectMs: number
  readonly #total: Deadline

  constructor(total: Deadline, connectMs: number) {
    this.#total = total
    this.connectMs = connectMs
  }

  /** Made for a call that has to wait. */
  get signal() {
    return this.#total.signal
  }
}

type Attempt = (warning: string | undefined, answered: InputAnswered | undefined) => Promise<CallOutcome>

interface Rounds {
  readonly input: RunInput
  readonly total: Deadline
  readonly warning: string | undefined
}

/** Calls again as long as the server asks for what needs no caller: to be called again, or what the policy declines. */
async function callToTheEnd(attempt: Attempt, call: ToolCall, { input, total, warning }: Rounds): Promise<CallOutcome> {
  let { answered } = input
  for (let round = 0; ; round += 1) {
    const first = await attempt(round === 0 ? warning : undefined, answered)
    const outcome = mayRepeat(first, call)
      ? await repeated(first, (again) => attempt(again, answered), call, total)
      : first
    if (outcome.kind !== 'INPUT_REQUIRED') return outcome
    const { requests, requestState, resume } = outcome.asked
    const isDeclined = call.target.inputPolicy === 'DECLINE'
    if (resume === 'REPEAT' || (requests.length > 0 && !isDeclined)) return outcome
    input.assertRound(round + 1)
    if (requests.length === 0) {
      await delay(Math.min(maxPauseMs, firstPauseMs * 2 ** round), undefined, { signal: total.signal })
    }
    const answers = Object.fromEntries(requests.map(({ key }) => [key, { action: 'DECLINE' } as const]))
    answered = answeredInput(requests, { answers, ...(requestState === undefined ? {} : { requestState }) })
  }
}

type Repeatable = CallOutcome & { readonly kind: 'LOST' | 'NOT_SENT' }

function mayRepeat(outcome: CallOutcome, { isRepeatable }: ToolCall): outcome is Repeatable {
  return outcome.kind === 'NOT_SENT' || (outcome.kind === 'LOST' && isRepeatable)
}

/** Repeats a call: once if it was not sent, and once if it was lost. The outcome of the last attempt; that of a lost call instead, if the attempt after it had no effect. */
async function repeated(
  first: Repeatable,
  attempt: (warning: string | undefined) => Promise<CallOutcome>,
  call: ToolCall,
  total: Deadline,
): Promise<CallOutcome> {
  let outcome: CallOutcome = first
  let lost: Lost | undefined
  let wasNotSent = false
  for (;;) {
    let warning: string | undefined
    if (outcome.kind === 'NOT_SENT' && !wasNotSent) wasNotSent = true
    else if (outcome.kind === 'LOST' && call.isRepeatable && !lost) {
      lost = outcome
      warning = `${outcome.error.message}; the tool may be called twice, so it is called once more`
    } else {
      // The last call had no effect, and the lost one may have had one.
      const hadNoEffect = outcome.kind === 'REFUSED' || outcome.kind === 'NOT_SENT' || outcome.kind === 'UNSENDABLE'
      return lost && hadNoEffect ? lost : outcome
    }
    try {
      outcome = await attempt(warning)
    } catch (error) {
      if (lost && !total.error) return lost
      throw error
    }
  }
}

/** Calls the tool once, on one session. */
async function callOn(
  session: McpSession,
  { toolName, args, inputSchema, timeouts, recorded }: ToolCall,
  { runId, emit }: CallHooks,
  input: CallInput,
  within: Deadline,
  stderr: StderrLines,
): Promise<CallOutcome> {
  const stopListening = session.onOutput(({ stream, text }: SessionOutput) => {
    if (stream === 'PROTOCOL') return
    if (stream === 'STDERR') stderr.add(text)
    emit({ type: 'ToolRunOutput', stream, text })
  })
  try {
    return await session.callTool(toolName, args, {
      requestMs: timeouts.requestMs,
      within,
      inputSchema,
      input,
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

/** The first lines on stderr, up to `charLimit` characters, for the result. */
class StderrLines {
  readonly lines: string[] = []
  #left: number

  constructor(charLimit: number) {
    this.#left = charLimit
  }

  add(text: string): void {
    if (this.lines.length >= stderrLinesKept || text.length > this.#left) return
    this.lines.push(text)
    this.#left -= text.length
  }
}

/** A promise only for a result that takes long to read. */
function toCallEnd(
  outcome: CallOutcome & { readonly kind: 'ANSWERED' },
  { charLimit, configFingerprint }: ToolCall,
  hooks: CallHooks,
  stderr: readonly string[],
): CallEnd | Promise<CallEnd> {
  const end = (result: ToolExecutionResult): CallEnd => {
    warnOfRounding(result, hooks)
    return { outcome, result }
  }
  try {
    const result = toExecutionResult(outcome.result, stderr, charLimit, configFingerprint)
    return result instanceof Promise ? result.then(end) : end(result)
  } catch (error) {
    // The tool did its work, and its answer cannot be read.
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
