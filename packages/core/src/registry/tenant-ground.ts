import { type AuditLog, createAuditLog } from '../audit/audit.ts'
import type { TenantId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { createServerStatusStore, type ServerStatusStore } from '../status/server-status-store.ts'
import type { Storage, TenantStorage } from '../storage/storage.ts'

/** The parts of a tenant that need no connection. */
export interface TenantGround {
  readonly storage: TenantStorage
  readonly statuses: ServerStatusStore
  readonly audit: AuditLog
  readonly secrets: ServerSecrets
}

/** The grounds of all tenants, each created on first use. */
export interface TenantGrounds {
  of(id: TenantId): TenantGround
  /** Whether more than one tenant is known; the default one always is. */
  readonly areSeveral: boolean
  /** Waits for status changes under way, and records what the audits still count. */
  close(): Promise<void>
}

export interface TenantGroundsDeps {
  readonly storage: Storage
  readonly bus: EventBus
  readonly secretsOf: (id: TenantId) => ServerSecrets
  /** Events of the feed that are kept. */
  readonly maxFeedEvents: number
  readonly onError: (error: unknown) => void
}

/** `stored` are the tenants that the storage has. */
export function createTenantGrounds(deps: TenantGroundsDeps, stored: readonly TenantId[]): TenantGrounds {
  const { bus, secretsOf, maxFeedEvents, onError } = deps
  const grounds = new Map<TenantId, TenantGround>()
  const known = new Set(stored)

  function create(id: TenantId): TenantGround {
    const storage = deps.storage.tenant(id)
    return {
      storage,
      statuses: createServerStatusStore(storage, bus, maxFeedEvents),
      audit: createAuditLog(storage, onError),
      secrets: secretsOf(id),
    }
  }

  return {
    of(id) {
      const ground = grounds.get(id) ?? create(id)
      grounds.set(id, ground)
      known.add(id)
      return ground
    },
    get areSeveral() {
      return known.size > 1
    },
    async close() {
      for (const { statuses, audit } of grounds.values()) {
        await statuses.serialize(async () => undefined)
        await audit.close().catch(onError)
      }
    },
  }
}
