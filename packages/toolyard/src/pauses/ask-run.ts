import { CommandError, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { printable } from '../output/printable.ts'
import { isObject } from '../tools/schema.ts'
import { answerRun, type InputResponse, UnfitAnswerError } from './answer-run.ts'
import type { FormDraft } from './ask-fields.ts'
import { askRequest } from './ask-request.ts'
import { type PausedRun, readPausedRun } from './paused-run.ts'
import type { Questions } from './questions.ts'

/** The form as it was answered, with the first fault of each field. */
function draftOf({ issues }: UnfitAnswerError, { content }: InputResponse): FormDraft {
  const faults = new Map<string, string>()
  for (const { pointer, message } of issues) {
    const name = pointer.split('/')[1]?.replaceAll('~1', '/').replaceAll('~0', '~') ?? ''
    if (!faults.has(name)) faults.set(name, message)
  }
  return { values: isObject(content) ? content : {}, faults }
}

/**
 * Has a person answer all that a run waits for, one request after the other. An answer that does not fit is asked for
 * again, with the reason. Returns the run, with what the person has left unanswered. Throws CommandError if the key may not
 * answer.
 */
export async function askForRun(context: CommandContext, runId: string, questions: Questions): Promise<PausedRun> {
  const { output } = context
  let draft: FormDraft | undefined
  let askedKey: string | undefined
  for (;;) {
    const run = await readPausedRun(context, runId)
    const [request] = run.pendingInput
    if (!request) return run
    // Another caller may have answered what did not fit.
    if (request.key !== askedKey) draft = undefined
    askedKey = request.key
    const response = await askRequest(questions, context, { serverName: run.serverName, request, draft })
    if (!response) return run
    try {
      await answerRun(context, runId, [response])
      draft = undefined
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== exitCodes.usage) throw error
      draft = error instanceof UnfitAnswerError ? draftOf(error, response) : undefined
      // A field at fault says its reason where it is asked for.
      if (!draft?.faults.size || draft.faults.has('')) output.note(output.styleNote('red', printable(error.message)))
    }
  }
}
