import type { Command } from 'commander'
import { type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { addCallOptions, type CallFlags, callInput } from '../../flags/run-flags.ts'
import { performRun, startRun } from '../../jobs/perform-run.ts'
import { watchPauses } from '../../pauses/watch-pauses.ts'
import type { Run, RunnableTool } from '../../queries/run-documents.ts'
import { parseObject, readArgs } from '../../tools/args-source.ts'
import { askForArgs } from '../../tools/ask-args.ts'
import { findTool } from '../../tools/find-tool.ts'
import { missingArgs, missingError, readPairs, type ToolArgs } from '../../tools/tool-args.ts'
import { connectionInWords } from '../../views/describe-connection.ts'
import { noteConnectHint } from '../../views/note-connect-hint.ts'
import { printResult } from '../../views/print-result.ts'
import { endOfRun } from '../../views/run-exit.ts'
import { createRunLines } from '../../views/run-lines.ts'
import { saveContent } from '../../views/save-content.ts'

interface RunFlags extends RegistryFlags, CallFlags {
  readonly args?: string
  readonly events?: boolean
  readonly idempotencyKey?: string
  readonly again?: string
  readonly metadata?: string
  readonly out?: string
  readonly wait: boolean
}

/** Completes the args from the flags, the pairs, and the person at the terminal. */
async function completeArgs(
  context: CommandContext,
  { inputSchema }: RunnableTool,
  flags: RunFlags,
  pairs: readonly string[],
): Promise<ToolArgs> {
  const { process, signal } = context
  const args = readPairs(inputSchema, pairs, await readArgs(flags.args, process.stdin, signal))
  const missing = missingArgs(inputSchema, args)
  if (missing.length === 0) return args
  if (!process.stdin.isTTY || !process.stderr.isTTY || flags.args === '-') throw missingError(inputSchema, missing)
  return { ...args, ...(await askForArgs(inputSchema, missing, context)) }
}

async function performAndShow(
  context: CommandContext,
  tool: RunnableTool,
  input: Parameters<typeof startRun>[1],
  isStreamed: boolean,
): Promise<Run> {
  const { output, name } = context
  using lines = await createRunLines(context, {
    title: `${tool.server.name}/${tool.name}`,
    isLive: output.isLive && !isStreamed,
    isQuiet: isStreamed,
  })
  const run = await performRun(context, tool, input, {
    onStarted: ({ deduplicated, run: { id } }) => {
      if (deduplicated) lines.note(`${id} was started before with this idempotency key`)
    },
    onEvent(event) {
      if (isStreamed) output.printJson(event)
      lines.follow(event)
    },
    watchPauses: () => watchPauses(context, lines),
    onConnection: (state) => lines.note(connectionInWords(state, name)),
  })
  lines.finish(run)
  return run
}

async function run(
  context: CommandContext,
  flags: RunFlags,
  toolName: string,
  pairs: readonly string[],
): Promise<ExitCode> {
  const { client, output, signal, isLocal } = context
  const { timeout, idempotencyKey, again, metadata, events = false, wait, out } = flags
  if (!wait && isLocal)
    throw new UsageError('--no-wait is for a server: without one, the run would end with this command')
  if (!wait && (events || out !== undefined)) throw new UsageError('--no-wait: expected neither --events nor --out')
  const tool = await findTool(client, toolName, signal)
  if (events && (tool.recordResults !== 'KEEP' || tool.recordArgs !== 'KEEP')) {
    throw new UsageError('--events: args or results of this tool are not recorded, so it is waited for in one request')
  }
  // Without args of its own, a repeated run has those of the run that it repeats.
  const isSame = again !== undefined && pairs.length === 0 && flags.args === undefined
  const args = isSame ? undefined : await completeArgs(context, tool, flags, pairs)
  const input = {
    tool: { id: tool.id },
    ...(args === undefined ? {} : { args }),
    ...callInput(flags),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(again === undefined ? {} : { retriedFrom: again }),
    ...(metadata === undefined ? {} : { metadata: parseObject(metadata, '--metadata') }),
  }
  if (!wait) {
    const started = await startRun(context, { ...input, wait: false })
    if (output.isJson) output.printJson(started.run)
    else output.print(started.run.id)
    return exitCodes.done
  }
  const ended = await performAndShow(context, tool, input, events)
  const saved = out === undefined ? undefined : await saveContent(ended, out)
  if (!events) {
    if (output.isJson) output.printJson(ended)
    else printResult(output, ended, saved)
  }
  if (ended.result?.truncated) {
    output.note(`The result was cut to the ${tool.returnCharLimit} characters that the tool may return`)
  }
  await noteConnectHint(context, tool.server.id, ended.error)
  const failure = endOfRun(output, ended)
  if (failure) throw failure
  return exitCodes.done
}

export function addRunCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    { usage: 'run <tool> [args...]', description: 'run a tool: NAME/TOOL and key=value args', reads: false },
    run,
  )
    .option('--args <json>', 'args as a JSON object, @FILE with one, or - for standard input; key=value adds to it')
    .option('--out <folder>', 'save images, audio and resources of the result there')
    .option('--idempotency-key <key>', 'return the run with this key, if there is one, instead of starting another')
    .option('--again <run id>', 'repeat this run of the same tool, with its args unless others are given')
    .option('--metadata <json>', 'a JSON object to keep with the run')
    .option('--no-wait', 'print the id of the run, and do not wait for it')
    .option('--events', 'print each event as one line of JSON, as it happens')
  addCallOptions(command, 'the run')
}
