import type { TenantId } from '../base/ids.ts'
import { joinCluster, type Nodes } from '../cluster/nodes.ts'
import { recoverInterruptedJobs, resetStaleConnecting } from '../cluster/recovery.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import { createServerSecrets, type ServerSecrets } from '../secrets/server-secrets.ts'
import type { Storage } from '../storage/storage.ts'
import { openDefaultKeyRing } from './open-key-ring.ts'
import type { ResolvedOptions } from './options.ts'
import { sealStoredSecrets } from './seal-stored-secrets.ts'

/** A storage whose secrets are sealed, and which this node has joined. */
export interface OpenedStorage {
  /** Tenants that have something stored. */
  readonly tenantIds: readonly TenantId[]
  readonly nodes: Nodes
  readonly keyRing: KeyRing
  readonly secretsOf: (tenantId: TenantId) => ServerSecrets
}

/** Seals every secret before anything else, and recovers the jobs that dead processes left unfinished. */
export async function prepareStorage(storage: Storage, options: ResolvedOptions): Promise<OpenedStorage> {
  const { secretKey, secretEnv, secretProvider, onError, maxFeedEvents, nodeLeaseMs } = options
  const keyRing = await openDefaultKeyRing(storage, options.storage, secretKey, onError)
  const sources = { env: secretEnv, provider: secretProvider, onError }
  const secretsOf = (tenantId: TenantId) => createServerSecrets(keyRing, sources, tenantId)
  const tenantIds = await storage.crossTenant.tenants()
  for (const id of tenantIds) await sealStoredSecrets(storage.tenant(id), secretsOf(id), maxFeedEvents)
  // The next start purges what cannot be purged now.
  await storage.purgePlaintext().catch(onError)
  const nodes = await joinCluster(storage, nodeLeaseMs)
  if (nodes.leaseMs === undefined) {
    const dead = await nodes.deadNodes()
    await recoverInterruptedJobs(storage, dead, maxFeedEvents, onError)
    // Another live node may be dialling a server.
    if (dead.isAlone) await resetStaleConnecting(storage)
  }
  return { tenantIds, nodes, keyRing, secretsOf }
}
