// The only place that maps errors to HTTP: a status, `{ detail }`, and whether the client may retry.
import { type ErrorCode, isRegistryError, RegistryError, type ToolRun } from '@toolyard/core'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** The seed system's client obeys this header. Without it, the client retries 408, 409, 429 and 5xx twice. */
export const shouldRetryHeader = 'x-should-retry'

/** A new code of the library does not compile here until it has a status. */
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
  // Failures of the MCP server.
  CONNECT_FAILED: 502,
  AUTH_REQUIRED: 502,
  PROTOCOL_ERROR: 502,
  LIMIT_EXCEEDED: 502,
  BUSY: 503,
  TIMEOUT: 504,
  // Failures of this service.
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

/** Uses the library's messages: they name every issue, quote no secret, and are written for people. */
function detailOf({ message, details }: RegistryError): string {
  const issues = details.issues?.map((issue) => `${issue.pointer || '/'} ${issue.message}`) ?? []
  return issues.length === 0 ? message : `${message}: ${issues.join('; ')}`
}

/** Builds the error for a run without a result. */
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
    // A retry reads the server again, so it does not conflict with the other change.
    const mayRepeat = error.retryable || error.code === 'REVISION_CONFLICT'
    return c.json({ detail: detailOf(error) }, statuses[error.code], { [shouldRetryHeader]: String(mayRepeat) })
  }
  console.error(error)
  return c.json({ detail: 'Internal Server Error' }, 500, { [shouldRetryHeader]: 'false' })
}
