import { GraphQLClientError } from '@toolyard/graphql/client'
import { CommandError, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import type { RunEvent } from '../queries/run-documents.ts'
import { decideRun } from './decide-run.ts'

/** Asks on the terminal for a decision; undefined if the answer is neither yes nor no. Ends with `signal`. */
async function ask(
  { process, output }: CommandContext,
  signal: AbortSignal,
): Promise<'APPROVED' | 'REJECTED' | undefined> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // In the terminal's raw mode Ctrl-C is a key, and Ctrl-D the end: either leaves the run waiting.
  const left = new AbortController()
  terminal.on('SIGINT', () => left.abort())
  terminal.on('close', () => left.abort())
  try {
    const question = `${output.styleNote('bold', 'Approve this run?')} (y/n, Ctrl-C to leave it waiting): `
    const answer = await terminal.question(question, { signal: AbortSignal.any([signal, left.signal]) })
    return /^y(es)?$/i.test(answer.trim()) ? 'APPROVED' : /^no?$/i.test(answer.trim()) ? 'REJECTED' : undefined
  } catch (error) {
    if (left.signal.aborted || signal.aborted) return undefined
    throw error
  } finally {
    terminal.close()
  }
}

const waits = (runId: string) =>
  `${runId} waits for an approval; toolyard approve ${runId}, or toolyard reject ${runId}`

/** What a command does while a run that it started waits for an approval. */
export interface ApprovalWatch extends Disposable {
  follow(event: RunEvent): void
  /** Rejects if a decision fails for another reason than that the key may not decide. */
  readonly failed: Promise<never>
}

/**
 * A person at the terminal decides, if their key may; otherwise `note` says how another one does. A question ends when the
 * run waits no more.
 */
export function createApprovalWatch(context: CommandContext, note: (text: string) => void): ApprovalWatch {
  const { stdin, stderr } = context.process
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // Raced by the command, until the run has ended.
  failed.catch(() => undefined)
  let question: AbortController | undefined

  async function decide(runId: string, signal: AbortSignal): Promise<void> {
    const decision = stdin.isTTY && stderr.isTTY ? await ask(context, signal) : undefined
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
      decide(event.run.id, question.signal).catch(reject)
    },
    [Symbol.dispose]: end,
  }
}

/** The key lacks the scope, or it started the run. */
function isNotAllowed(error: unknown): error is Error {
  if (error instanceof GraphQLClientError) return error.code === 'FORBIDDEN'
  return error instanceof CommandError && error.exitCode === exitCodes.notAllowed
}
