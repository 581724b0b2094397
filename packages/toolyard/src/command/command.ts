import type { GraphQLClient } from '@toolyard/graphql/client'
import { GraphQLClientError } from '@toolyard/graphql/client'
import type { Command } from 'commander'
import type { ExitCode } from '../base/command-error.ts'
import { createOutput, type Output, type TextStream } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { asCommandError } from '../queries/exit-codes.ts'
import {
  addConnectionOptions,
  addServerFlags,
  type Connection,
  type ConnectionFlags,
  connect,
  connectToServer,
} from './connection.ts'
import { listenForInterruption } from './interruption.ts'

/** The process as commands see it. */
export interface ProgramProcess {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: TextStream
  readonly stderr: TextStream
  /** Takes what the process ends with. */
  exitWith(code: ExitCode): void
}

export interface CommandParts {
  readonly process: ProgramProcess
  /** Aborted by the first Ctrl-C, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
  readonly output: Output
}

/** What a command on a registry gets. */
export interface CommandContext extends CommandParts, Pick<Connection, 'client' | 'name' | 'isLocal'> {}

export interface RegistryFlags extends ConnectionFlags {
  readonly json?: boolean
}

interface NamedCommand {
  /** As commander takes it: `get <name>`. */
  readonly usage: string
  readonly description: string
}

export interface RegistryCommandOptions extends NamedCommand {
  /** Whether it changes nothing. */
  readonly reads: boolean
}

type Action<Context, Flags, Args extends readonly unknown[]> = (
  context: Context,
  flags: Flags,
  ...args: Args
) => Promise<ExitCode>

/**
 * A command that works on a registry: it has the flags that say where that is, and `run` gets it open. The args are
 * commander's, the flags last among them. What `run` answers is the exit code.
 */
export function registryCommand<Args extends readonly unknown[], Flags extends RegistryFlags>(
  program: Command,
  process: ProgramProcess,
  { reads, ...named }: RegistryCommandOptions,
  run: Action<CommandContext, Flags, Args>,
): Command {
  const command = addCommand(program, process, named, async (parts, flags: Flags, ...args: Args) => {
    const { signal, output } = parts
    const onError = (error: unknown) =>
      output.note(`toolyard: ${printable(error instanceof Error ? error.message : String(error))}`)
    await using connection = await connect(flags, { env: process.env, signal, reads, onError })
    const { client, name, isLocal } = connection
    // Awaited here: the connection ends with this block.
    return await run({ client, name, isLocal, ...parts }, flags, ...args)
  })
  return addConnectionOptions(command)
}

/** A command that may ask a server, and does without where none is named. */
export function serverCommand<Args extends readonly unknown[], Flags extends RegistryFlags>(
  program: Command,
  process: ProgramProcess,
  named: NamedCommand,
  run: Action<CommandParts & { readonly client: GraphQLClient | undefined }, Flags, Args>,
): Command {
  const command = addCommand(program, process, named, async (parts, flags: Flags, ...args: Args) => {
    const client = await connectToServer(flags, { env: process.env, signal: parts.signal })
    return run({ client: client?.client, ...parts }, flags, ...args)
  })
  return addServerFlags(command)
}

function addCommand<Args extends readonly unknown[], Flags extends { readonly json?: boolean }>(
  program: Command,
  process: ProgramProcess,
  { usage, description }: NamedCommand,
  run: Action<CommandParts, Flags, Args>,
): Command {
  const command = program.command(usage).description(description)
  return command.action(async (...given: unknown[]) => {
    // Commander's own: the arguments of `usage`, the flags, the command.
    const [flags] = given.slice(-2) as [Flags]
    const args = given.slice(0, -2) as unknown as Args
    const { stdout, stderr } = process
    const output = createOutput({ stdout, stderr, isJson: flags.json === true })
    using interruption = listenForInterruption(stdout)
    try {
      process.exitWith(await run({ process, signal: interruption.signal, output }, flags, ...args))
    } catch (error) {
      // Whoever closed the pipe has read enough.
      if (interruption.isPipeBroken) return
      throw error instanceof GraphQLClientError ? asCommandError(error) : error
    }
  })
}
