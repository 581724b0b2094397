import type { CommandContext } from '../command/command.ts'
import type { PauseWatch } from '../jobs/perform-run.ts'
import { askForRun } from './ask-run.ts'
import { pausedRunLines } from './input-lines.ts'
import { isNotAllowed } from './not-allowed.ts'
import type { PauseNotes } from './pause-notes.ts'
import { type PausedRun, readPausedRun } from './paused-run.ts'
import { isAtTerminal, openQuestions } from './questions.ts'

/**
 * Has a person at the terminal answer what the server of a run asks for, in as many rounds as it asks; otherwise, and once
 * the person has left, notes what is asked for and how it is answered.
 */
export function createInputWatch(context: CommandContext, { note, hold }: PauseNotes): PauseWatch {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // Raced by the command, until the run has ended.
  failed.catch(() => undefined)
  const fail = (error: unknown) => {
    // An interrupted command cancels the run, and waits for its end.
    if (!context.signal.aborted) reject(error)
  }
  const ending = new AbortController()
  let isAsked = false
  let isAsking = false

  async function noteWaiting(runId: string): Promise<void> {
    const run = await readPausedRun(context, runId)
    if (run.pendingInput.length > 0) note([`${runId} waits for input`, ...pausedRunLines(run)].join('\n'))
  }

  /** The terminal is given back before anything is noted: from then on Ctrl-C cancels the run. */
  async function ask(runId: string): Promise<PausedRun> {
    using questions = await openQuestions(context, ending.signal)
    return await askForRun(context, runId, questions)
  }

  async function answer(runId: string): Promise<void> {
    if (!isAtTerminal(context)) return noteWaiting(runId)
    hold(true)
    try {
      const run = await ask(runId)
      if (run.pendingInput.length === 0 || ending.signal.aborted) return
      // The person has left all that waits by now, also what was asked for meanwhile.
      isAsked = false
      await noteWaiting(runId)
    } catch (error) {
      if (!isNotAllowed(error)) throw error
      note(error.message)
      await noteWaiting(runId)
    } finally {
      hold(false)
    }
  }

  async function answerAll(runId: string): Promise<void> {
    isAsking = true
    // The server may ask again while the end of an answer is awaited.
    while (isAsked && !ending.signal.aborted) {
      isAsked = false
      await answer(runId)
    }
    isAsking = false
  }

  return {
    failed,
    follow(event) {
      if (event.__typename === 'ToolRunFinished') ending.abort()
      if (event.__typename !== 'ToolRunInputRequested') return
      // An earlier event of a run that goes on by now asks nothing.
      if (event.run.status !== 'INPUT_REQUIRED') return
      isAsked = true
      if (!isAsking) answerAll(event.run.id).catch(fail)
    },
    [Symbol.dispose]: () => ending.abort(),
  }
}
