import type { Command } from 'commander'
import type { ProgramProcess } from '../../command/command.ts'
import type { SecretsFlags } from '../../maintenance/maintain-secret-key.ts'

/** `toolyard secrets rotate|status`. */
export function addSecretsCommand(program: Command, process: ProgramProcess): void {
  const secrets = program
    .command('secrets')
    .description('the key that protects the stored secrets: TOOLYARD_SECRET_KEY, else the file beside the database')
    .exitOverride()
  const add = (what: 'rotate' | 'status', description: string) =>
    secrets
      .command(what)
      .description(description)
      .option('--database-url <url>', 'where the registry is kept [TOOLYARD_DATABASE_URL, default sqlite:toolyard.db]')
      .option('--json', 'print JSON')
      .exitOverride()
      .action(async (flags: SecretsFlags) => {
        // Only when it is wanted: it needs the storages.
        const { maintainSecretKey } = await import('../../maintenance/maintain-secret-key.ts')
        process.exitWith(await maintainSecretKey(what, flags, process))
      })
  add('rotate', 'protect the secrets with a new key, even while a server has the database open')
  add('status', 'show which key protects the secrets')
}
