import { RegistryError } from '../base/errors.ts'
import type { RefreshId, ServerId, ToolId } from '../base/ids.ts'
import type { Quota } from '../model/quota.ts'

/** The error of a write for an owner that is not recorded: it was taken for gone, and what it worked on was settled. */
export function leaseLost(cause?: unknown): RegistryError {
  const message = 'This node was not heard of for too long, and others have settled what it worked on; try again'
  return new RegistryError('LEASE_LOST', message, { retryable: true, cause })
}

/** The error of `approveTool` where another definition waits, or none. */
export function notWaiting(toolId: ToolId): RegistryError {
  return new RegistryError(
    'REVISION_CONFLICT',
    `The definition of ${toolId} that waits for approval is another one now`,
    {
      path: ['digest'],
    },
  )
}

/** A commit would have left a tenant with more than it may have. */
export class QuotaExceeded extends RegistryError {
  readonly quota: Quota
  constructor(quota: Quota, atMost: number) {
    super('LIMIT_EXCEEDED', `The tenant may have at most ${atMost} (${quota})`)
    this.quota = quota
  }
}

/** The error of `insertRefresh` where another refresh of the server is unfinished; `jobId` is gone where it ended meanwhile. */
export function refreshTaken(serverId: ServerId, jobId: RefreshId | undefined): RegistryError {
  const message = `The server ${serverId} is being refreshed by ${jobId ?? '(a refresh that has ended)'}`
  return new RegistryError('IDEMPOTENCY_CONFLICT', message, { details: { serverId, ...(jobId ? { jobId } : {}) } })
}

/** The error of a write that was made for a server as it was before somebody changed it. */
export function staleRevision(serverId: ServerId, revision: number): RegistryError {
  return new RegistryError('REVISION_CONFLICT', `The server ${serverId} is no longer at revision ${revision}`, {
    path: ['expectedRevision'],
    details: { serverId },
  })
}

/** The error of a write that was made for a server in another state. */
export function otherState(serverId: ServerId): RegistryError {
  return new RegistryError('REVISION_CONFLICT', `The server ${serverId} is in another state by now`, {
    details: { serverId },
  })
}
