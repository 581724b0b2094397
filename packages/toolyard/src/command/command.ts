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
  /** Sets the exit code of the process. */
  exitWith(code: ExitCode): void
}

export interface CommandDeps {
  readonly process: ProgramProcess
  /** Aborted by the first Ctrl-C, and when the reader of stdout closes it. */
  readonly signal: AbortSignal
  readonly output: Output
}

/** The context of a command on a registry. */
export interface CommandContext extends CommandDeps, Pick<Connection, 'client' | 'name' | 'isLocal'> {}

export interface RegistryFlags extends ConnectionFlags {
  readonly json?: boolean
}

interface NamedCommand {
  /** The usage in the form of commander: `get <name>`. */
  readonly usage: string
  readonly description: string
}

export interface RegistryCommandOptions<Flags> extends NamedCommand {
  /** Whether it changes nothing; may depend on the flags. */
  readonly reads: boolean | ((flags: Flags) => boolean)
}

type Action<Context, Flags, Args extends readonly unknown[]> = (
  context: Context,
  flags: Flags,
  ...args: Args
) => Promise<ExitCode>

/**
 * Adds a command on a registry, with the flags that say where that is. `run` gets it open, and returns the exit code.
 * Its args are those of commander.
 */
export function registryCommand<Args extends readonly unknown[], Flags extends RegistryFlags>(
  program: Command,
  process: ProgramProcess,
  { reads, ...named }: RegistryCommandOptions<Flags>,
  run: Action<CommandContext, Flags, Args>,
): Command {
  const command = addCommand(program, process, named, async (deps, flags: Flags, ...args: Args) => {
    const { signal, output } = deps
    const onError = (error: unknown) =>
      output.note(`toolyard: ${printable(error instanceof Error ? error.message : String(error))}`)
    const onlyReads = typeof reads === 'function' ? reads(flags) : reads
    await using connection = await connect(flags, { env: process.env, signal, reads: onlyReads, onError })
    const { client, name, isLocal } = connection
    // Awaited here: the connection ends with this block.
    return await run({ client, name, isLocal, ...deps }, flags, ...args)
  })
  return addConnectionOptions(command)
}

/** Adds a command that asks a server if the flags name one, and can do without. */
export function serverCommand<Args extends readonly unknown[], Flags extends RegistryFlags>(
  program: Command,
  process: ProgramProcess,
  named: NamedCommand,
  run: Action<CommandDeps & { readonly client: GraphQLClient | undefined }, Flags, Args>,
): Command {
  const command = addCommand(program, process, named, async (deps, flags: Flags, ...args: Args) => {
    const client = await connectToServer(flags, { env: process.env, signal: deps.signal })
    return run({ client: client?.client, ...deps }, flags, ...args)
  })
  return addServerFlags(command)
}

function addCommand<Args extends readonly unknown[], Flags extends { readonly json?: boolean }>(
  program: Command,
  process: ProgramProcess,
  { usage, description }: NamedCommand,
  run: Action<CommandDeps, Flags, Args>,
): Command {
  const command = program.command(usage).description(description)
  return command.action(async (...given: unknown[]) => {
    // Commander passes the arguments of `usage`, the flags and the command.
    const [flags] = given.slice(-2) as [Flags]
    const args = given.slice(0, -2) as unknown as Args
    const { stdout, stderr } = process
    const output = createOutput({ stdout, stderr, isJson: flags.json === true })
    using interruption = listenForInterruption(stdout)
    try {
      process.exitWith(await run({ process, signal: interruption.signal, output }, flags, ...args))
    } catch (error) {
      // The reader of the pipe has enough.
      if (interruption.isPipeBroken) return
      throw error instanceof GraphQLClientError ? asCommandError(error) : error
    }
  })
}
