import { Command, CommanderError } from 'commander'
import type { ProgramProcess } from './command.ts'
import { CommandError, type ExitCode, exitCodes, exitCodesInWords } from './command-error.ts'
import { addAddCommand } from './commands/add.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addDatabaseCommand } from './commands/db.ts'
import { addExportCommand } from './commands/export.ts'
import { addGetCommand } from './commands/get.ts'
import { addImportCommand } from './commands/import.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addListCommand } from './commands/list.ts'
import { addRefreshCommand } from './commands/refresh.ts'
import { addRemoveCommand } from './commands/remove.ts'
import { addRunCommand } from './commands/run.ts'
import { addRunsCommand } from './commands/runs.ts'
import { addSchemaCommand } from './commands/schema.ts'
import { addSearchCommand } from './commands/search.ts'
import { addSecrets } from './commands/secrets.ts'
import { addToolsCommand } from './commands/tools.ts'
import { addUpdateCommand } from './commands/update.ts'
import { addWatchCommand } from './commands/watch.ts'
import { addSettings } from './settings.ts'
import { version } from './version.ts'

/** The command line. Its commands say what they end with by `process.exitWith`, and throw CommandError. */
export function createProgram(process: ProgramProcess): Command {
  const { env } = process
  const program = new Command('toolyard')
    .description('Registry and execution engine for MCP servers')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })
    .addHelpText('afterAll', `\n${exitCodesInWords}`)
  const serve = program
    .command('serve')
    .description('serve the GraphQL API; every flag can be set by the environment variable beside it')
    .action(async (flags: Readonly<Record<string, string>>) => {
      const { serve } = await import('./commands/serve.ts')
      process.exitWith(await serve(flags, env))
    })
  addSettings(serve)
  addAddCommand(program, process)
  addListCommand(program, process)
  addGetCommand(program, process)
  addUpdateCommand(program, process)
  addRemoveCommand(program, process)
  addToolsCommand(program, process)
  addSearchCommand(program, process)
  addRefreshCommand(program, process)
  addRunCommand(program, process)
  addRunsCommand(program, process)
  addWatchCommand(program, process)
  addImportCommand(program, process)
  addExportCommand(program, process)
  addKeysCommand(program, env)
  addSecrets(program, env, process.exitWith)
  addDatabaseCommand(program, env)
  addSchemaCommand(program, process)
  addCompletionCommand(program)
  return program
}

/** Runs the command line; answers the exit code. */
export async function run(argv: readonly string[], streams: Omit<ProgramProcess, 'exitWith'>): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const exitWith = (exitCode: ExitCode) => {
    code = exitCode
  }
  try {
    await createProgram({ ...streams, exitWith }).parseAsync([...argv])
    return code
  } catch (error) {
    // Commander has said what is wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof CommandError)) throw error
    streams.stderr.write(`toolyard: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return error.exitCode
  }
}
