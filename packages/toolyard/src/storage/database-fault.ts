import { isRegistryError } from '@toolyard/core'
import { UnreachableError } from '../base/command-error.ts'
import { type DatabaseLocation, nameOfDatabase } from '../settings/database.ts'
import { unusableDatabase } from '../settings/database-settings.ts'

/** Maps errors of the database to UnreachableError or UsageError; returns other errors unchanged. */
export function databaseFault(error: unknown, location: DatabaseLocation): unknown {
  if (isRegistryError(error, 'STORAGE_UNAVAILABLE')) {
    return new UnreachableError(`${nameOfDatabase(location)}: ${error.message}`)
  }
  const isOfDatabase = isRegistryError(error) && error.code.startsWith('STORAGE_')
  return isOfDatabase ? unusableDatabase(location, error.message) : error
}
