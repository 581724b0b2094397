import { RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'

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
