import type { CommandContext } from '../command/command.ts'
import type { PauseWatch } from '../jobs/perform-run.ts'
import { decideRun } from './decide-run.ts'
import { isNotAllowed } from './not-allowed.ts'
import type { PauseNotes } from './pause-notes.ts'
import { isAtTerminal, openQuestions } from './questions.ts'

/** Asks on the terminal for a decision; undefined if the answer is neither yes nor no. Ends with `signal`. */
async function ask(context: CommandContext, signal: AbortSignal): Promise<'APPROVED' | 'REJECTED' | undefined> {
  const { output } = context
  using questions = await openQuestions(context, signal)
  const question = `${output.styleNote('bold', 'Approve this run?')} (y/n, Ctrl-C to leave it waiting): `
  const answer = (await questions.ask(question)) ?? ''
  return /^y(es)?$/i.test(answer.trim()) ? 'APPROVED' : /^no?$/i.test(answer.trim()) ? 'REJECTED' : undefined
}

const waits = (runId: string) =>
  `${runId} waits for an approval; toolyard approve ${runId}, or toolyard reject ${runId}`

const waitsForOther = (runId: string) =>
  `This key may not decide ${runId}: it takes another one with the scope write; ${waits(runId)}`

/**
 * Has a person at the terminal decide a run that waits for an approval, if their key may; otherwise notes how another one
 * does. A question ends when the run waits no more.
 */
export function createApprovalWatch(context: CommandContext, { note, hold }: PauseNotes): PauseWatch {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // Raced by the command, until the run has ended.
  failed.catch(() => undefined)
  const fail = (error: unknown) => {
    // An interrupted command cancels the run, and waits for its end.
    if (!context.signal.aborted) reject(error)
  }
  let question: AbortController | undefined

  async function askHeld(signal: AbortSignal): Promise<'APPROVED' | 'REJECTED' | undefined> {
    if (!isAtTerminal(context)) return undefined
    hold(true)
    try {
      return await ask(context, signal)
    } finally {
      hold(false)
    }
  }

  async function decide(runId: string, signal: AbortSignal): Promise<void> {
    const decision = await askHeld(signal)
    if (signal.aborted) return
    if (decision === undefined) return note(waits(runId))
    try {
      await decideRun(context, runId, decision)
    } catch (error) {
      if (!isNotAllowed(error)) throw error
      note(`${error.message}; ${waits(runId)}`)
    }
  }

  function end(): void {
    question?.abort()
    question = undefined
  }

  return {
    failed,
    follow(event) {
      const { __typename } = event
      if (__typename === 'ToolRunProgress' || __typename === 'ToolRunOutput') return
      end()
      // An earlier event of a run that goes on by now asks nothing.
      if (__typename !== 'ToolRunApprovalRequested' || event.run.status !== 'AWAITING_APPROVAL') return
      question = new AbortController()
      if (event.run.mayDecide) decide(event.run.id, question.signal).catch(fail)
      else note(waitsForOther(event.run.id))
    },
    [Symbol.dispose]: end,
  }
}
