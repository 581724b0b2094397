import { scopes } from '@toolyard/graphql/internal/caller'
import type { Command } from 'commander'
import type { ProgramProcess } from '../../command/command.ts'
import { expiryForms } from '../../flags/expiry.ts'
import { operatorScope } from '../../keys/operator-scope.ts'
import { type AddFlags, type FileFlags, keyFileVariable, withCommas } from '../key-flags.ts'

// Loaded on use: the help does not check a key.
const maintenance = () => import('../maintain-keys.ts')

/** `toolyard keys`: writes what it has to say to stdout, and throws UsageError. */
export function addKeysCommand(program: Command, process: ProgramProcess): void {
  const { env, stdout } = process
  const keys = program.command('keys').description('API keys: who may use the server, as which tenant, for what')
  const subcommand = (usage: string, description: string) =>
    keys
      .command(usage)
      .description(description)
      .option('--file <file>', `the file of keys [${keyFileVariable}]`)
      .option('--json', 'print JSON')
  const print = (text: string) => void stdout.write(`${text}\n`)
  subcommand('add', 'make a key; it is printed once, and the file keeps a hash')
    .option('--tenant <name>', `tenant of the key; required except for ${operatorScope}`)
    .requiredOption('--scopes <scopes>', `what it may do: ${withCommas(scopes)}; or ${operatorScope}: read /metrics`)
    .option('--expires <when>', `until when; takes ${expiryForms} (default never)`)
    .option('--name <text>', 'what it is for')
    .action(async (flags: AddFlags) => print(await (await maintenance()).addKey(flags, process)))
  subcommand('list', 'show the keys, without their secrets').action(async (flags: FileFlags) =>
    print(await (await maintenance()).listKeys(flags, env)),
  )
  subcommand('revoke <id>', 'take a key out of the file; its sockets and streams end').action(
    async (id: string, flags: FileFlags) => print(await (await maintenance()).revokeKey(id, flags, env)),
  )
}
