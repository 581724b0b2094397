import type { ErrorCode } from '@toolyard/core'

export const publicCodes = [
  'INVALID_INPUT',
  'NAME_TAKEN',
  'NOT_FOUND',
  'REVISION_CONFLICT',
  'FORBIDDEN',
  'DISABLED',
  'QUARANTINED',
  'URL_BLOCKED',
  'STDIO_NOT_ALLOWED',
  'SECRET_UNREADABLE',
  'CONNECT_FAILED',
  'AUTH_REQUIRED',
  'BUSY',
  'TIMEOUT',
  'PROTOCOL_ERROR',
  'TOOL_ARGS_INVALID',
  'CANCELED',
  'LIMIT_EXCEEDED',
  'IDEMPOTENCY_CONFLICT',
  'IMPORT_UNRESOLVED',
  'INTERRUPTED',
  'NOT_SENT',
  'CLOSED',
  'STORAGE_UNAVAILABLE',
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'INTERNAL',
] as const
/** Codes of errors as clients see them. */
export type PublicCode = (typeof publicCodes)[number]

/** Maps the codes of a broken storage to INTERNAL, as only the operator can repair it, and hides that nodes have leases. */
export function publicCode(code: ErrorCode): PublicCode {
  if (code === 'LEASE_LOST') return 'STORAGE_UNAVAILABLE'
  return code === 'STORAGE_INVALID' || code === 'STORAGE_TOO_NEW' ? 'INTERNAL' : code
}
