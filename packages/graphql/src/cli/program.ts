import { Command, CommanderError } from 'commander'
import type { ProgramProcess } from './command.ts'
import { CommandError, type ExitCode, exitCodes, exitCodesInWords } from './command-error.ts'
import { addDatabaseCommand } from './commands/db.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addGetCommand } from './commands/get.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addListCommand } from './commands/list.ts'
import { addSecrets } from './commands/secrets.ts'
import { addSettings } from './settings.ts'
import { version } from './version.ts'

/** The command line. Its commands say what they end with by `process.exitWith`, and throw CommandError. */
export function createProgram(process: ProgramProcess): Command {
  const { env } = process
  const program = new Command('toolyard')
    .description('Registry and execution engine for MCP servers')
    .version(version)
    .exitOverride()
    .addHelpText('afterAll', `\n${exitCodesInWords}`)
  const serve = program
    .command('serve')
    .description('serve the GraphQL API; every flag can be set by the environment variable beside it')
    .action(async (flags: Readonly<Record<string, string>>) => {
      const { serve } = await import('./commands/serve.ts')
      process.exitWith(await serve(flags, env))
    })
  addSettings(serve)
  addListCommand(program, process)
  addGetCommand(program, process)
  addDoctorCommand(program, process)
  addKeysCommand(program, env)
  addSecrets(program, env, process.exitWith)
  addDatabaseCommand(program, env)
  return program
}

/** Runs the command line; answers the exit code. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  const { stdin, stdout, stderr } = process
  const program = createProgram({
    env,
    stdin,
    stdout,
    stderr,
    exitWith(exitCode) {
      code = exitCode
    },
  })
  try {
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
