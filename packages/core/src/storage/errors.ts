import { RegistryError } from '../base/errors.ts'
import type { RefreshId, RunId, ServerId, ToolId } from '../base/ids.ts'
import type { Quota } from '../model/quota.ts'

/** The error of a write by a node that is not recorded: other nodes took it for dead, and recovered its jobs. */
export function leaseLost(leaseMs?: number, cause?: unknown): RegistryError {
  const silence = leaseMs === undefined ? 'its heartbeats came too late' : `no heartbeat for ${leaseMs} ms`
  const message = `Lost the node lease: ${silence}. The write was not applied; retry`
  return new RegistryError('LEASE_LOST', message, { retryable: true, cause })
}

/** The error of `approveTool` if another definition is pending, or no definition. */
export function notWaiting(toolId: ToolId): RegistryError {
  return new RegistryError(
    'REVISION_CONFLICT',
    `The pending definition of ${toolId} is another one now: compare it, and approve its digest`,
    {
      path: ['digest'],
    },
  )
}

/** A commit would have exceeded a quota of a tenant. */
export class QuotaExceeded extends RegistryError {
  readonly quota: Quota
  constructor(quota: Quota, atMost: number) {
    super('LIMIT_EXCEEDED', `The tenant may have at most ${atMost} (${quota})`)
    this.quota = quota
  }
}

/** The error of `insertRefresh` if another refresh of the server is unfinished; `jobId` is undefined if it has ended meanwhile. */
export function refreshTaken(serverId: ServerId, jobId: RefreshId | undefined): RegistryError {
  const message = `The server ${serverId} is being refreshed by ${jobId ?? '(a refresh that has ended)'}`
  return new RegistryError('IDEMPOTENCY_CONFLICT', message, { details: { serverId, ...(jobId ? { jobId } : {}) } })
}

/** The error of a write that was made for an earlier revision of a server. */
export function staleRevision(serverId: ServerId, revision: number): RegistryError {
  return new RegistryError(
    'REVISION_CONFLICT',
    `The server ${serverId} is no longer at revision ${revision}: read it again`,
    {
      path: ['expectedRevision'],
      details: { serverId },
    },
  )
}

/** The error of a write that was made for another state of a server. */
export function otherState(serverId: ServerId): RegistryError {
  return new RegistryError('REVISION_CONFLICT', `The server ${serverId} is in another state by now`, {
    details: { serverId },
  })
}

/** The error of `setOAuthGrant` if another version of the grant is stored: another write came first. */
export function staleGrant(serverId: ServerId, version: number): RegistryError {
  const found = version === 0 ? 'exists by now' : `is no longer at version ${version}`
  const message = `The OAuth grant of the server ${serverId} ${found}: read it again`
  return new RegistryError('REVISION_CONFLICT', message, { details: { serverId } })
}

/** The error of `takeOAuthFlow` for a flow that was taken, deleted, or never begun by the tenant. */
export function flowNotFound(): RegistryError {
  return new RegistryError('NOT_FOUND', 'No OAuth flow has this state: it was used before, or has expired')
}

/** The error of `takePause` if the run waits no more, or is asked about another question: another write came first. */
export function otherPause(runId: RunId): RegistryError {
  return new RegistryError('REVISION_CONFLICT', `The run ${runId} no longer waits for this answer: read it again`)
}
