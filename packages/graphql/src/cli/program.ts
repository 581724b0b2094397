import { Command, CommanderError } from 'commander'
import type { ProgramProcess } from './command.ts'
import { CommandError, type ExitCode, exitCodes, exitCodesInWords } from './command-error.ts'
import { version } from './version.ts'

type AddCommand = (program: Command, process: ProgramProcess) => void

/**
 * The modules of the commands, as the help shows them. What a command needs beyond its flags is loaded by what it does:
 * neither the help nor a command on a server waits for a database.
 */
const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<AddCommand>>>>> = {
  'Servers:': {
    add: async () => (await import('./commands/add.ts')).addAddCommand,
    list: async () => (await import('./commands/list.ts')).addListCommand,
    get: async () => (await import('./commands/get.ts')).addGetCommand,
    update: async () => (await import('./commands/update.ts')).addUpdateCommand,
    remove: async () => (await import('./commands/remove.ts')).addRemoveCommand,
    refresh: async () => (await import('./commands/refresh.ts')).addRefreshCommand,
    watch: async () => (await import('./commands/watch.ts')).addWatchCommand,
    import: async () => (await import('./commands/import.ts')).addImportCommand,
    export: async () => (await import('./commands/export.ts')).addExportCommand,
  },
  'Tools:': {
    tools: async () => (await import('./commands/tools.ts')).addToolsCommand,
    search: async () => (await import('./commands/search.ts')).addSearchCommand,
    run: async () => (await import('./commands/run.ts')).addRunCommand,
    runs: async () => (await import('./commands/runs.ts')).addRunsCommand,
  },
  'Operation:': {
    serve: async () => (await import('./commands/serve-flags.ts')).addServeCommand,
    doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
    keys: async () => (await import('./commands/keys.ts')).addKeysCommand,
    secrets: async () => (await import('./commands/secrets.ts')).addSecretsCommand,
    db: async () => (await import('./commands/db.ts')).addDatabaseCommand,
    schema: async () => (await import('./commands/schema.ts')).addSchemaCommand,
  },
}

/** A script for the shell completes what has been added before. */
async function addCompletion(program: Command): Promise<void> {
  const { addCompletionCommand } = await import('./commands/completion.ts')
  program.commandsGroup('Operation:')
  addCompletionCommand(program)
  program.helpCommand('help [command]', 'show the flags of a command')
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
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .addHelpText('afterAll', `\n${exitCodesInWords}`)
  const [name = ''] = args
  const named = Object.values(groups).find((commands) => Object.hasOwn(commands, name))?.[name]
  if (named) {
    const add = await named()
    add(program, process)
    return program
  }
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading)
    for (const add of await Promise.all(Object.values(commands).map((load) => load()))) add(program, process)
  }
  await addCompletion(program)
  return program
}

/** Runs the command line; answers the exit code. */
export async function run(argv: readonly string[], streams: Omit<ProgramProcess, 'exitWith'>): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const exitWith = (exitCode: ExitCode) => {
    code = exitCode
  }
  try {
    const program = await createProgram(argv.slice(2), { ...streams, exitWith })
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    // Commander has said what is wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof CommandError)) throw error
    // Loaded when there is something to say: the help says nothing that others wrote.
    const { printable } = await import('./output/printable.ts')
    streams.stderr.write(`toolyard: ${printable(error.message)}\n`)
    return error.exitCode
  }
}
