import pg from 'pg'
import { invalidInput, isRegistryError, RegistryError } from '../../../base/errors.ts'

/** Raised by `hold` (postgres-migrations.ts). */
export const leaseLostCode = 'TY001'
/** Raised by `must_change` (postgres-migrations.ts). */
export const unchangedCode = 'TY002'

/** Classes and codes of errors that say nothing of what was asked (PostgreSQL, appendix A). */
const passing: readonly [string, string][] = [
  ['08', 'the connection to it was lost'],
  ['53', 'it has no more room, memory or connections'],
  ['57P', 'it is being stopped or started'],
  ['55P03', 'another transaction holds the lock'],
  ['57014', 'the statement took too long'],
  ['25P03', 'the transaction waited for too long'],
]
/** Those after which the connection is of no use, and nobody says what became of its transaction. */
const ending = ['08', '57P', 'XX']
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
])

function reasonOf(error: Error): string | undefined {
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error
    return passing.find(([start]) => code.startsWith(start))?.[1]
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (networkCodes.has(code)) return `it cannot be reached (${code})`
  // What pg itself says has no code.
  return /terminated|timeout|not queryable|connection error|ended/i.test(error.message)
    ? 'the connection to it was lost'
    : undefined
}

/** Whether a transaction was undone for the sake of another one, and may be repeated. */
export function isRepeatable(code: string | undefined): boolean {
  return code === '40P01' || code === '40001'
}

/** Whether the answer of the server is missing, rather than an error. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  const { code = '' } = error
  return ending.some((start) => code.startsWith(start))
}

/** Raised for a text with U+0000, which only a caller can have given: what servers say is stored as JSON, which escapes it. */
const unstorableText = '22021'

/** STORAGE_UNAVAILABLE for what passes, INVALID_INPUT for a text that cannot be stored; anything else as it is. */
export function fromPostgres(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && error.code === unstorableText) {
    return invalidInput([], 'Expected text without the character U+0000, which the database cannot hold', error)
  }
  const reason = error instanceof Error && !isRegistryError(error) ? reasonOf(error) : undefined
  if (reason === undefined) return error
  const message = `The database cannot be used now: ${reason}. Nothing was changed; try again later`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause: error })
}

/** Of a commit whose answer was lost, where nobody could be asked for it since. */
export function inDoubt(cause: unknown): RegistryError {
  const message =
    'The connection to the database was lost while a change was committed, and it cannot be reached since: the change may have been made'
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause })
}
