import { Command, CommanderError } from 'commander'
import { addDatabaseCommand } from './db.ts'
import { addKeysCommand } from './keys.ts'
import { addSecrets } from './secrets.ts'
import { serve } from './serve.ts'
import { UnreachableError, UsageError } from './setting.ts'
import { addSettings } from './settings.ts'
import { version } from './version.ts'

/** Runs the command line; answers the exit code: 0 done, 1 failed, 2 usage or settings, 3 no database. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const program = new Command('toolyard')
    .description('Registry and execution engine for MCP servers')
    .version(version)
    .exitOverride()
    .addHelpText('afterAll', '\nExit codes: 0 done, 1 failed, 2 usage or settings, 3 the database cannot be reached')
  const command = program
    .command('serve')
    .description('serve the GraphQL API; every flag can be set by the environment variable beside it')
    .exitOverride()
  addSettings(command)
  addKeysCommand(program, env)
  addDatabaseCommand(program, env)
  let code = 0
  command.action(async (flags: Readonly<Record<string, string>>) => {
    code = await serve(flags, env)
  })
  addSecrets(program, env, (exitCode) => {
    code = exitCode
  })
  try {
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    // Commander has said what is wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (!(error instanceof UsageError || error instanceof UnreachableError)) throw error
    process.stderr.write(`toolyard: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
    return error instanceof UsageError ? 2 : 3
  }
}
