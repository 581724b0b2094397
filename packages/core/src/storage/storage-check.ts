import { RegistryError } from '../base/errors.ts'
import { defaultTenant } from '../base/ids.ts'
import type { Storage } from './storage.ts'

/** Longest wait for the answer of the database, in ms: callers of a health check wait no longer. */
const deadlineMs = 1_000

function tooLate(): RegistryError {
  const message = `The database is unavailable: it did not answer within ${deadlineMs} ms; retry later`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true })
}

/** Reads a little of the storage. Concurrent calls share one read, so that a database that hangs is never asked twice. */
export function createStorageCheck(storage: Pick<Storage, 'tenant'>): () => Promise<void> {
  let reading: Promise<unknown> | undefined

  function read(): Promise<unknown> {
    reading ??= storage
      .tenant(defaultTenant)
      .log.lastServerSeq()
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  return async () => {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(tooLate()), deadlineMs)
    try {
      await Promise.race([read(), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}
