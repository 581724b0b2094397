import { existsSync } from 'node:fs'
import { isRegistryError, rotateSecretKey, type SecretKeyStatus, secretKeyStatus } from '@toolyard/core'
import { type ExitCode, exitCodes, UsageError } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import type { DatabaseLocation } from '../settings/database.ts'
import { assertKey, readDatabase, unusableDatabase } from '../settings/database-settings.ts'
import { databaseFault } from '../storage/database-fault.ts'
import { storageAt } from '../storage/storage-at.ts'

export interface SecretsFlags {
  readonly databaseUrl?: string
  readonly json?: boolean
}

function inWords({ dataKeys, current, old, unreadable }: SecretKeyStatus): string {
  if (current === dataKeys) return 'All secrets are protected by the current key'
  const rest = [
    ...(old > 0 ? [`${old} by an older key (toolyard secrets rotate wraps them anew)`] : []),
    ...(unreadable > 0 ? [`${unreadable} by a missing key: their secrets cannot be read`] : []),
  ]
  return [`${current} of ${dataKeys} data keys are wrapped by the current key`, ...rest].join('; ')
}

/** Maps errors of the call and the database to UsageError or UnreachableError. */
function asUsage(error: unknown, database: DatabaseLocation): unknown {
  const isUsage = isRegistryError(error, 'INVALID_INPUT') || isRegistryError(error, 'SECRET_UNREADABLE')
  return isUsage ? new UsageError(error.message) : databaseFault(error, database)
}

/** Prints the status of the key; returns the exit code. Throws UsageError and UnreachableError. */
export async function maintainSecretKey(
  what: 'rotate' | 'status',
  { json, ...flags }: SecretsFlags,
  { env, stdout, stderr }: Pick<ProgramProcess, 'env' | 'stdout' | 'stderr'>,
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
    onError: (error: unknown) => stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
  }
  try {
    const status = await (what === 'rotate' ? rotateSecretKey(options) : secretKeyStatus(options))
    stdout.write(`${json ? JSON.stringify(status) : inWords(status)}\n`)
    return status.unreadable > 0 ? exitCodes.failed : exitCodes.done
  } catch (error) {
    throw asUsage(error, database)
  }
}
