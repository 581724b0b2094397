import { Command, CommanderError } from 'commander'
import { CommandError, type ExitCode, exitCodes, exitCodesInWords } from '../base/command-error.ts'
import { version } from '../base/version.ts'
import type { ProgramProcess } from '../command/command.ts'
import type { TextStream } from '../output/output.ts'

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
    auth: async () => (await import('./commands/auth.ts')).addAuthCommand,
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
    approve: async () => (await import('./commands/approve.ts')).addApproveCommand,
    reject: async () => (await import('./commands/approve.ts')).addRejectCommand,
    answer: async () => (await import('./commands/answer.ts')).addAnswerCommand,
  },
  'Resources and prompts:': {
    resources: async () => (await import('./commands/resources.ts')).addResourcesCommand,
    read: async () => (await import('./commands/read.ts')).addReadCommand,
    prompts: async () => (await import('./commands/prompts.ts')).addPromptsCommand,
    prompt: async () => (await import('./commands/prompt.ts')).addPromptCommand,
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

/** Other names of commands, as users of a shell know them. */
const aliases: Readonly<Record<string, string>> = { ls: 'list', rm: 'remove', show: 'get' }

/** A script for the shell completes what has been added before; `complete` asks the registry for what it has. */
async function addCompletion(
  program: Command,
  [name, ...words]: readonly string[],
  process: ProgramProcess,
): Promise<void> {
  const { addCompletionCommand } = await import('./commands/completion.ts')
  const { completionWords } = await import('./completion-words.ts')
  program.commandsGroup('Operation:')
  const asked = name === 'complete' ? words.slice(words.indexOf('--') + 1) : []
  addCompletionCommand(program, process, await completionWords(asked, process.env))
  program.helpCommand('help [command]', 'show the flags of a command')
}

/**
 * Creates the command line for these args: with the command that they name, or with all if they name none. Commands set
 * their exit code by `process.exitWith`, and throw CommandError.
 */
export async function createProgram(args: readonly string[], process: ProgramProcess): Promise<Command> {
  const program = new Command('toolyard')
    .description('Registry and execution engine for MCP servers')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(inOneLine(text)),
    })
    .addHelpText('afterAll', `\n${exitCodesInWords}`)
  const [given = ''] = args
  const name = (Object.hasOwn(aliases, given) && aliases[given]) || given
  const named = Object.values(groups).find((commands) => Object.hasOwn(commands, name))?.[name]
  if (named) {
    const add = await named()
    add(program, process)
    addAliases(program)
    return program
  }
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading)
    for (const add of await Promise.all(Object.values(commands).map((load) => load()))) add(program, process)
  }
  addAliases(program)
  await addCompletion(program, args, process)
  return program
}

function addAliases(program: Command): void {
  for (const [alias, name] of Object.entries(aliases)) {
    program.commands.find((command) => command.name() === name)?.alias(alias)
  }
}

/** Formats commander's errors like all others of the program. */
function inOneLine(text: string): string {
  const [, problem = text, meant] = /^(?:error: )?([\s\S]*?)(?:\n\(Did you mean ([\s\S]*?)\?\))?\n?$/.exec(text) ?? []
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return `toolyard: ${problem.replaceAll(/\s*\n\s*/g, ' ')}${hint}\n`
}

/** Ignores a closed pipe, which is no error: `| head` has what it wants. */
function endQuietly(stream: TextStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** Runs the command line; returns the exit code. */
export async function run(argv: readonly string[], streams: Omit<ProgramProcess, 'exitWith'>): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const exitWith = (exitCode: ExitCode) => {
    code = exitCode
  }
  endQuietly(streams.stdout)
  endQuietly(streams.stderr)
  try {
    const program = await createProgram(argv.slice(2), { ...streams, exitWith })
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    // Commander has said what is wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof CommandError)) throw error
    // Loaded only for an error: the help prints no foreign text.
    const { printable } = await import('../output/printable.ts')
    streams.stderr.write(`toolyard: ${printable(error.message)}\n`)
    return error.exitCode
  }
}
