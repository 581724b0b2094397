import { isRegistryError } from '@toolyard/core'
import { UnreachableError } from '../base/command-error.ts'
import { type DatabaseLocation, nameOfDatabase } from '../settings/database.ts'
import { unusableDatabase } from '../settings/database-settings.ts'

/** UnreachableError or UsageError for what is wrong with the database; any other error as it is. */
export function databaseFault(error: unknown, location: DatabaseLocation): unknown {
  if (isRegistryError(error, 'STORAGE_UNAVAILABLE')) {
    return new UnreachableError(`${nameOfDatabase(location)}: ${error.message}`)
  }
  const isOfDatabase = isRegistryError(error) && error.code.startsWith('STORAGE_')
  return isOfDatabase ? unusableDatabase(location, error.message) : error
}
