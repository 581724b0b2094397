import pg from 'pg'
import { invalidInput, isRegistryError, RegistryError } from '../../../base/errors.ts'

/** Raised by `hold` (postgres-migrations.ts). */
export const leaseLostCode = 'TY001'
/** Raised by `must_change` (postgres-migrations.ts). */
export const unchangedCode = 'TY002'

/** Reasons of transient errors, by class or code (PostgreSQL, appendix A). */
const transient: readonly [string, string][] = [
  ['08', 'the connection to it was lost'],
  ['53', 'it has no disk space, memory or connections left'],
  ['57P', 'it is being stopped or started'],
  ['55P03', 'another transaction holds the lock'],
  ['57014', 'the statement took too long'],
  ['25P03', 'the transaction waited for too long'],
]
/** Classes after which the connection is unusable, and the outcome of its transaction unknown. */
const fatal = ['08', '57P', 'XX']
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
])

function reasonOf(error: Error): string | undefined {
  if (error instanceof pg.DatabaseError) {
    const { code = '' } = error
    return transient.find(([start]) => code.startsWith(start))?.[1]
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (networkCodes.has(code)) return `it cannot be reached (${code})`
  // Errors of pg itself have no code.
  return /terminated|timeout|not queryable|connection error|ended/i.test(error.message)
    ? 'the connection to it was lost'
    : undefined
}

/** Whether the database undid a transaction in favour of another one, so that it may be repeated. */
export function isRepeatable(code: string | undefined): boolean {
  return code === '40P01' || code === '40001'
}

/** Whether the server did not answer, not even with an error. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  const { code = '' } = error
  return fatal.some((start) => code.startsWith(start))
}

/** Raised for a text with U+0000. It comes from a caller: the texts of MCP servers are stored as JSON, which escapes it. */
const unstorableText = '22021'

/** STORAGE_UNAVAILABLE for a transient error, INVALID_INPUT for a text that cannot be stored; any other error as it is. */
export function fromPostgres(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && error.code === unstorableText) {
    return invalidInput([], 'Expected text without the character U+0000, which the database cannot hold', error)
  }
  const reason = error instanceof Error && !isRegistryError(error) ? reasonOf(error) : undefined
  if (reason === undefined) return error
  const message = `The database is unavailable: ${reason}. Nothing was changed; retry later`
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause: error })
}

/** The error of a commit whose answer was lost, and whose outcome cannot be found. */
export function inDoubt(cause: unknown): RegistryError {
  const message =
    'Lost the connection to the database during a commit, and could not connect again: the change may have been made. Read it before you retry'
  return new RegistryError('STORAGE_UNAVAILABLE', message, { retryable: true, cause })
}
