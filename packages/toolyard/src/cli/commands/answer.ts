import type { Command } from 'commander'
import { type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { answerRun } from '../../pauses/answer-run.ts'
import { askForRun } from '../../pauses/ask-run.ts'
import { awaitEnd } from '../../pauses/await-end.ts'
import { pausedRunLines } from '../../pauses/input-lines.ts'
import { type PausedRun, readPausedRun } from '../../pauses/paused-run.ts'
import { isAtTerminal, openQuestions } from '../../pauses/questions.ts'
import { type AnswerFlags, isAnswer, readResponses } from '../../pauses/responses.ts'
import { endOfRun } from '../../views/run-exit.ts'

type Flags = RegistryFlags & AnswerFlags

/** Shows where the run is now: what it asks for, or its status. */
function show({ output }: CommandContext, run: PausedRun): void {
  if (output.isJson) output.printJson(run)
  else output.print([`${run.id} ${run.status}`, ...pausedRunLines(run)].join('\n'))
}

/** Without a server the run goes on in this process, and is waited for. */
async function showNext(context: CommandContext, run: PausedRun): Promise<ExitCode> {
  const { output, isLocal } = context
  if (!isLocal || run.status === 'INPUT_REQUIRED') {
    show(context, run)
    return exitCodes.done
  }
  const ended = await awaitEnd(context, run.id)
  if (output.isJson) output.printJson(ended)
  else output.print(`${ended.id} ${ended.status}`)
  const failure = endOfRun(output, ended)
  if (failure) throw failure
  return exitCodes.done
}

async function ask(context: CommandContext, runId: string): Promise<PausedRun> {
  using questions = await openQuestions(context, context.signal)
  return await askForRun(context, runId, questions)
}

async function answer(
  context: CommandContext,
  flags: Flags,
  runId: string,
  pairs: readonly string[],
): Promise<ExitCode> {
  const { process, signal, output } = context
  const isGiven = isAnswer(flags, pairs)
  const run = await readPausedRun(context, runId)
  if (run.status !== 'INPUT_REQUIRED')
    throw new UsageError(`the run ${run.id} is ${run.status}, and waits for no answer`)
  if (isGiven) {
    const responses = await readResponses(run.pendingInput, { flags, pairs, stdin: process.stdin, signal })
    const answered = await answerRun(context, run.id, responses)
    return showNext(context, { ...run, pendingInput: [], ...answered })
  }
  if (isAtTerminal(context) && !output.isJson) return showNext(context, await ask(context, run.id))
  show(context, run)
  return exitCodes.done
}

export function addAnswerCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'answer <run> [values...]',
      description: 'answer what the server of a run asks for: key=value; without an answer, ask or show it',
      reads: false,
    },
    answer,
  )
    .option('--request <key>', 'which request is answered, if the run waits for several')
    .option('--values <json>', 'values of a form as a JSON object, @FILE with one, or -; key=value adds to it')
    .option('--accept', 'accept what needs no values: a URL that was opened, a form as its defaults have it')
    .option('--text <text>', 'answer a sampling with this text')
    .option('--decline', 'decline what it asks for')
    .option('--cancel', 'answer that it was canceled')
    .option('--responses <json>', 'several answers: {"KEY": {"action": "ACCEPT", "content": {…}}}, @FILE, or -')
}
