import { RegistryError } from '../base/errors.ts'
import type { RefreshId, ServerId } from '../base/ids.ts'

/** The error of `insertRefresh` where another refresh of the server is unfinished; `jobId` is gone where it ended meanwhile. */
export function refreshTaken(serverId: ServerId, jobId: RefreshId | undefined): RegistryError {
  const message = `The server ${serverId} is being refreshed by ${jobId ?? '(a refresh that has ended)'}`
  return new RegistryError('IDEMPOTENCY_CONFLICT', message, { details: { serverId, ...(jobId ? { jobId } : {}) } })
}
