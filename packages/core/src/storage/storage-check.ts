import { RegistryError } from '../base/errors.ts'
import { defaultTenant } from '../base/ids.ts'
import type { Storage } from './storage.ts'

/** A database that answers later is of no use to those who ask now, in ms. */
const deadlineMs = 1_000

function tooLate(): RegistryError {
  const message = `The database cannot be used now: it did not answer within ${deadlineMs} ms`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true })
}

/** Reads a little of the storage. A read that does not end is waited for by all who ask meanwhile: there is never a second one. */
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
