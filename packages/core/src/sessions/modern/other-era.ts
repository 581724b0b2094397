import { HttpStatusError } from '../http/http-errors.ts'
import { RpcError } from '../rpc-error.ts'
import { unsupportedVersion } from './revision.ts'

/** What servers of the earlier revisions answer with to a request outside a session, before a handler sees it. */
const refusedUnread = [400, 404, 405, 406, 410, 415, 422]

/**
 * Whether a server refused a modern request as one of the earlier revisions does: by a status without a JSON-RPC error of
 * the request, or because it does not speak the revision any more.
 */
export function isOtherEra(error: unknown): boolean {
  if (error instanceof RpcError) return error.code === unsupportedVersion
  if (!(error instanceof HttpStatusError)) return false
  const { status, rpcError, lacksAnswer = false } = error.details
  return !lacksAnswer && refusedUnread.includes(status) && rpcError?.hasId !== true
}
