import pg from 'pg'
import { RegistryError } from '../../errors.ts'

/** Classes and codes of errors that say nothing of what was asked (PostgreSQL, appendix A). */
const passing: readonly [string, string][] = [
  ['08', 'the connection to it was lost'],
  ['53', 'it has no more room, memory or connections'],
  ['57P', 'it is being stopped or started'],
  ['55P03', 'another transaction holds the lock'],
  ['57014', 'the statement took too long'],
]
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])

function reasonOf(error: Error): string | undefined {
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error
    return passing.find(([start]) => code.startsWith(start))?.[1]
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (networkCodes.has(code)) return `it cannot be reached (${code})`
  // What pg itself says has no code.
  return /terminated|timeout|not queryable|ended/i.test(error.message) ? 'the connection to it was lost' : undefined
}

/** Whether a transaction was undone for the sake of another one, and may be repeated. */
export function isRepeatable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001')
}

/** STORAGE_UNAVAILABLE for what passes; anything else as it is. */
export function fromPostgres(error: unknown): unknown {
  const reason = error instanceof Error ? reasonOf(error) : undefined
  if (reason === undefined) return error
  const message = `The database cannot be used now: ${reason}. Nothing was changed; try again later`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause: error })
}
