import { randomUUID } from 'node:crypto'
import { GraphQLClientError } from '@toolyard/graphql/client'
import type { VariablesOf } from 'gql.tada'
import { CommandError, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { printable } from '../output/printable.ts'
import { payloadOf } from '../queries/exit-codes.ts'
import { type Run, type RunEvent, type RunnableTool, runOf, runTool } from '../queries/run-documents.ts'
import { cancelJob } from './follow-job.ts'
import { type FollowRunOptions, followRun } from './follow-run.ts'

type RunInput = VariablesOf<typeof runTool>['input']

export interface StartedRun {
  readonly run: Run
  readonly deduplicated: boolean
}

type Context = Pick<CommandContext, 'client' | 'signal' | 'output'>

/** The error of a request that was lost on its way to the server or back. */
function leftBehind(error: GraphQLClientError): GraphQLClientError {
  const message = `${error.message}; the run may have started; toolyard runs shows it`
  return new GraphQLClientError(error.code, message, { cause: error })
}

/** Starts a run. Throws CommandError if it is refused, after a note on each fault of the args. */
export async function startRun({ client, output }: Omit<Context, 'signal'>, input: RunInput): Promise<StartedRun> {
  // Without a signal: a started run can be cancelled once its id is known.
  const { runMcpTool: result } = await client.request(runTool, { input }).catch((error: unknown) => {
    throw error instanceof GraphQLClientError && error.code === 'UNREACHABLE' ? leftBehind(error) : error
  })
  if (result?.__typename === 'ToolArgsError') {
    for (const { pointer, message } of result.issues)
      output.note(`  ${printable(pointer) || '/'}  ${printable(message)}`)
    throw new CommandError(exitCodes.usage, "the args do not fit the tool's input schema")
  }
  const { run, deduplicated } = payloadOf(result)
  return { run: runOf(run), deduplicated }
}

/** Whether the history keeps all of a run of this tool. If not, only the caller that waits for the answer gets it. */
function isRecorded({ recordArgs, recordResults }: RunnableTool): boolean {
  return recordArgs === 'KEEP' && recordResults === 'KEEP'
}

/**
 * Waits for a run in one request, without events. If the command is interrupted, finds the run by its idempotency key,
 * and cancels it.
 */
async function waitForRun(context: Context, input: RunInput): Promise<StartedRun> {
  const { client, signal, output } = context
  const keyed = { ...input, idempotencyKey: input.idempotencyKey ?? randomUUID() }
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    startRun({ client, output }, { ...keyed, wait: false })
      .then(({ run }) => cancelJob(client, run.id))
      .catch(reject)
  }
  if (signal.aborted) throw signal.reason
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([startRun(context, { ...keyed, wait: true }), failed])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** What a command does while a run that it started waits for a person. */
export interface PauseWatch extends Disposable {
  follow(event: RunEvent): void
  /** Rejects if a decision or an answer fails for another reason than the person's key or input. */
  readonly failed: Promise<never>
}

/** Runs a tool to its end. Ctrl-C cancels the run, and waits for its end. */
export async function performRun(
  context: CommandContext,
  tool: RunnableTool,
  input: RunInput,
  options: FollowRunOptions & {
    readonly onStarted: (started: StartedRun) => void
    readonly watchPauses: () => PauseWatch
  },
): Promise<Run> {
  const isWhole = !isRecorded(tool)
  const started = await (isWhole ? waitForRun(context, input) : startRun(context, { ...input, wait: false }))
  options.onStarted(started)
  const { status } = started.run
  if (isWhole && status !== 'AWAITING_APPROVAL' && status !== 'INPUT_REQUIRED') return started.run
  using pauses = options.watchPauses()
  const onEvent: FollowRunOptions['onEvent'] = (event) => {
    options.onEvent(event)
    pauses.follow(event)
  }
  return await Promise.race([followRun(context, started.run.id, { ...options, onEvent }), pauses.failed])
}
