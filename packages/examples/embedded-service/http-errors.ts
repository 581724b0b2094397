// The one place where errors become HTTP: a status and `{ detail }`, and whether the client may send the request again.
import { type ErrorCode, isRegistryError, RegistryError, type ToolRun } from '@toolyard/core'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Obeyed by the seed system's client, which otherwise sends whatever got 408, 409, 429 or 5xx two times more. */
export const shouldRetryHeader = 'x-should-retry'

/** A code that the library gets later does not compile here until it has a status. */
const statuses: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  INVALID_INPUT: 422,
  TOOL_ARGS_INVALID: 422,
  IMPORT_UNRESOLVED: 422,
  URL_BLOCKED: 422,
  STDIO_NOT_ALLOWED: 422,
  IDEMPOTENCY_CONFLICT: 422,
  NOT_FOUND: 404,
  NAME_TAKEN: 409,
  REVISION_CONFLICT: 409,
  DISABLED: 409,
  QUARANTINED: 409,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  // What the MCP server did.
  CONNECT_FAILED: 502,
  AUTH_REQUIRED: 502,
  PROTOCOL_ERROR: 502,
  LIMIT_EXCEEDED: 502,
  BUSY: 503,
  TIMEOUT: 504,
  // What became of the work here.
  CANCELED: 503,
  INTERRUPTED: 503,
  NOT_SENT: 503,
  CLOSED: 503,
  STORAGE_UNAVAILABLE: 503,
  LEASE_LOST: 503,
  SECRET_UNREADABLE: 500,
  STORAGE_INVALID: 500,
  STORAGE_TOO_NEW: 500,
  INTERNAL: 500,
}

/** The library's messages tell all faults, quote no secret, and are made for people. */
function detailOf({ message, details }: RegistryError): string {
  const issues = details.issues?.map((issue) => `${issue.pointer || '/'} ${issue.message}`) ?? []
  return issues.length === 0 ? message : `${message}: ${issues.join('; ')}`
}

/** What is thrown for a run that has no result. */
export function runFailure({ id, status, error }: ToolRun): Error {
  if (!error) return new Error(`The run ${id} is ${status} without result and error`)
  const isUnknown = status === 'OUTCOME_UNKNOWN'
  const message = isUnknown ? `The call was sent, and what came of it is unknown: ${error.message}` : error.message
  return new RegistryError(error.code, message, { retryable: error.retryable })
}

export function answerError(error: Error, c: Context): Response {
  if (error instanceof HTTPException) {
    return c.json({ detail: error.message }, error.status, { [shouldRetryHeader]: 'false' })
  }
  if (isRegistryError(error)) {
    // A change that another one overtook is read and made anew when it is sent again.
    const mayRepeat = error.retryable || error.code === 'REVISION_CONFLICT'
    return c.json({ detail: detailOf(error) }, statuses[error.code], { [shouldRetryHeader]: String(mayRepeat) })
  }
  console.error(error)
  return c.json({ detail: 'Internal Server Error' }, 500, { [shouldRetryHeader]: 'false' })
}
