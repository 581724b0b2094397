import type { Command } from 'commander'
import type { ProgramProcess } from '../../command/command.ts'
import type { DatabaseFlags, ExportFlags, ImportFlags } from '../../maintenance/maintain-database.ts'

// Only when it is wanted: it needs the storages.
const load = () => import('../../maintenance/maintain-database.ts')

/** `toolyard db`: writes what it has to say to stdout, and throws UsageError and UnreachableError. */
export function addDatabaseCommand(program: Command, process: ProgramProcess): void {
  const { env, stdout } = process
  const db = program.command('db').description('maintain the database, and move it between SQLite and PostgreSQL')
  const subcommand = (usage: string, description: string) =>
    db
      .command(usage)
      .description(description)
      .option('--database-url <url>', 'where the registry is kept [TOOLYARD_DATABASE_URL, default sqlite:toolyard.db]')
  const print = (text: string) => void stdout.write(`${text}\n`)
  subcommand('status', 'show its version and the number of rows; changes nothing')
    .option('--json', 'print JSON')
    .action(async (flags: DatabaseFlags) => print(await (await load()).status(flags, env)))
  subcommand('migrate', 'migrate it to the version of this program, as a server does when it starts')
    .option('--json', 'print JSON')
    .action(async (flags: DatabaseFlags) => print(await (await load()).migrate(flags, env)))
  subcommand('export', 'write everything in it as lines of JSON, secrets sealed, while no server has it open')
    .option('--out <file>', 'a new file (default stdout)')
    .option('--json', 'print JSON of how much it was')
    .action(async (flags: ExportFlags) => (await load()).exportAll(flags, process))
  subcommand('import <file>', 'import an export (- for stdin) into an empty database: all of it, or nothing')
    .option('--from-key-file <file>', 'the key file of the database that was exported (or TOOLYARD_SECRET_KEY=NEW,OLD)')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: ImportFlags) => print(await (await load()).importAll(file, flags, env)))
}
