import { existsSync } from 'node:fs'
import { isRegistryError, rotateSecretKey, type SecretKeyStatus, secretKeyStatus } from '@toolyard/core'
import type { Command } from 'commander'
import { type ExitCode, exitCodes, UsageError } from '../command-error.ts'
import { type DatabaseLocation, storageAt } from '../database.ts'
import { databaseFault } from '../database-fault.ts'
import { assertKey, readDatabase, unusableDatabase } from '../database-settings.ts'

interface SecretsFlags {
  readonly databaseUrl?: string
  readonly json?: boolean
}

function inWords({ dataKeys, current, old, unreadable }: SecretKeyStatus): string {
  const rest = [
    ...(old > 0 ? [`${old} by an older key (toolyard secrets rotate wraps them anew)`] : []),
    ...(unreadable > 0 ? [`${unreadable} by a key that is not there: what they sealed cannot be read`] : []),
  ]
  return [`${current} of ${dataKeys} data keys are wrapped by the current key`, ...rest].join('; ')
}

/** Of an error whose fault lies in how the program was called. */
function asUsage(error: unknown, database: DatabaseLocation): unknown {
  const isUsage = isRegistryError(error, 'INVALID_INPUT') || isRegistryError(error, 'SECRET_UNREADABLE')
  return isUsage ? new UsageError(error.message) : databaseFault(error, database)
}

async function perform(
  what: 'rotate' | 'status',
  { json, ...flags }: SecretsFlags,
  env: NodeJS.ProcessEnv,
): Promise<ExitCode> {
  const where = readDatabase(flags.databaseUrl, env)
  const { database, secretKey } = where
  if (database.kind === 'SQLITE' && !existsSync(database.path)) {
    throw unusableDatabase(database, 'there is no such file')
  }
  assertKey(where)
  if (what === 'rotate' && secretKey?.length === 1) {
    throw new UsageError('TOOLYARD_SECRET_KEY has one key, and takes NEW,OLD to rotate')
  }
  const options = {
    storage: storageAt(database),
    ...(secretKey ? { secretKey } : {}),
    onError: (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  }
  try {
    const status = await (what === 'rotate' ? rotateSecretKey(options) : secretKeyStatus(options))
    process.stdout.write(`${json ? JSON.stringify(status) : inWords(status)}\n`)
    return status.unreadable > 0 ? exitCodes.failed : exitCodes.done
  } catch (error) {
    throw asUsage(error, database)
  }
}

/** `toolyard secrets rotate|status`; `onExit` gets the exit code. */
export function addSecrets(program: Command, env: NodeJS.ProcessEnv, onExit: (code: ExitCode) => void): void {
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
      .action(async (flags: SecretsFlags) => onExit(await perform(what, flags, env)))
  add('rotate', 'wrap the data keys with a new key, also while a server has the database open')
  add('status', 'tell which key wraps the data keys')
}
