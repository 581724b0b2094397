import type { Command } from 'commander'
import { GraphQLClientError } from '../client/answer.ts'
import type { ExitCode } from './command-error.ts'
import { addConnectionOptions, type Connection, type ConnectionFlags, connect } from './connection.ts'
import { listenForInterruption } from './interruption.ts'
import { createOutput, type Output } from './output/output.ts'
import { asCommandError } from './refusals.ts'

/** The process as commands see it. */
export interface ProgramProcess {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Takes what the process ends with. */
  exitWith(code: ExitCode): void
}

/** What a command on a registry gets. */
export interface CommandContext extends Pick<Connection, 'client' | 'name' | 'isLocal'> {
  readonly process: ProgramProcess
  /** Aborted by the first Ctrl-C, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
  readonly output: Output
}

export interface RegistryFlags extends ConnectionFlags {
  readonly json?: boolean
}

export interface RegistryCommandOptions {
  /** As commander takes it: `get <name>`. */
  readonly usage: string
  readonly description: string
  /** Whether it changes nothing. */
  readonly reads: boolean
}

/**
 * A command that works on a registry: it has the flags that say where that is, and `run` gets it open. The args are
 * commander's, the flags last among them. What `run` answers is the exit code.
 */
export function registryCommand<Args extends readonly unknown[], Flags extends RegistryFlags>(
  program: Command,
  process: ProgramProcess,
  options: RegistryCommandOptions,
  run: (context: CommandContext, flags: Flags, ...args: Args) => Promise<ExitCode>,
): Command {
  const command = program.command(options.usage).description(options.description)
  command.action(async (...given: unknown[]) => {
    // Commander's own: the arguments of `usage`, the flags, the command.
    const [flags] = given.slice(-2) as [Flags]
    const args = given.slice(0, -2) as unknown as Args
    const { env, stdout, stderr } = process
    const output = createOutput({ stdout, stderr, isJson: flags.json === true })
    const onError = (error: unknown) =>
      output.note(`toolyard: ${error instanceof Error ? error.message : String(error)}`)
    using interruption = listenForInterruption(stdout)
    const { signal } = interruption
    try {
      await using connection = await connect(flags, { env, signal, reads: options.reads, onError })
      const { client, name, isLocal } = connection
      process.exitWith(await run({ client, name, isLocal, process, signal, output }, flags, ...args))
    } catch (error) {
      // Whoever closed the pipe has read enough.
      if (interruption.isPipeBroken) return
      throw error instanceof GraphQLClientError ? asCommandError(error) : error
    }
  })
  return addConnectionOptions(command)
}
