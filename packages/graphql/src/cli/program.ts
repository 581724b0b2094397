import { Command, CommanderError } from 'commander'
import type { ProgramProcess } from './command.ts'
import { CommandError, type ExitCode, exitCodes, exitCodesInWords } from './command-error.ts'
import { version } from './version.ts'

type AddCommand = (program: Command, process: ProgramProcess) => void

/**
 * The modules of the commands, in the order of the help. What a command needs beyond its flags is loaded by what it does:
 * neither the help nor a command on a server waits for a database.
 */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./commands/serve-flags.ts')).addServeCommand,
  list: async () => (await import('./commands/list.ts')).addListCommand,
  get: async () => (await import('./commands/get.ts')).addGetCommand,
  refresh: async () => (await import('./commands/refresh.ts')).addRefreshCommand,
  run: async () => (await import('./commands/run.ts')).addRunCommand,
  runs: async () => (await import('./commands/runs.ts')).addRunsCommand,
  watch: async () => (await import('./commands/watch.ts')).addWatchCommand,
  keys: async () => {
    const { addKeysCommand } = await import('./commands/keys.ts')
    return (program, { env }) => addKeysCommand(program, env)
  },
  secrets: async () => {
    const { addSecrets } = await import('./commands/secrets.ts')
    return (program, { env, exitWith }) => addSecrets(program, env, exitWith)
  },
  db: async () => {
    const { addDatabaseCommand } = await import('./commands/db.ts')
    return (program, { env }) => addDatabaseCommand(program, env)
  },
}

/**
 * The command line for these args: with the command that they name, or with all where they name none. Its commands say what
 * they end with by `process.exitWith`, and throw CommandError.
 */
export async function createProgram(args: readonly string[], process: ProgramProcess): Promise<Command> {
  const program = new Command('toolyard')
    .description('Registry and execution engine for MCP servers')
    .version(version)
    .exitOverride()
    .addHelpText('afterAll', `\n${exitCodesInWords}`)
  const [name = ''] = args
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined
  const wanted = named ? [named] : Object.values(commands)
  for (const add of await Promise.all(wanted.map((load) => load()))) add(program, process)
  return program
}

/** Runs the command line; answers the exit code. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const { stdin, stdout, stderr } = process
  try {
    const program = await createProgram(argv.slice(2), {
      env,
      stdin,
      stdout,
      stderr,
      exitWith(exitCode) {
        code = exitCode
      },
    })
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    // Commander has said what is wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof CommandError)) throw error
    stderr.write(`toolyard: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return error.exitCode
  }
}
