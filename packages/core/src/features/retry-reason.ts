import { isRegistryError } from '../base/errors.ts'
import type { McpSession } from '../sessions/session.ts'

/** Why a second attempt to read a list may succeed; undefined if it would not. */
export function retryReason(error: unknown, { isOpen }: Pick<McpSession, 'isOpen'>): string | undefined {
  if (!isRegistryError(error)) return undefined
  const { httpStatus, jsonRpcCode } = error.details
  const isRefused = jsonRpcCode !== undefined || (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500)
  if (isRefused && !isOpen) return 'The server forgot the session'
  return error.code === 'CONNECT_FAILED' && error.retryable ? 'The connection was lost' : undefined
}
