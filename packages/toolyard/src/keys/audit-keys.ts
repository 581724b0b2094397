import type { Registry } from '@toolyard/core'
import type { KeyEntry, TenantKey } from './api-key.ts'
import type { ApiKeys } from './open-api-keys.ts'

/**
 * Interval between reports of the same refusal, in ms: a client that keeps trying must not fill the log or the audit.
 */
const refusalIntervalMs = 10_000

interface AuditKeysOptions {
  /** Receives added and revoked keys without a tenant, which no tenant's audit records. */
  readonly onOperatorKey: (what: 'added' | 'revoked', id: string) => void
  /** Receives the number of requests without a valid key since the last call. */
  readonly onRefused: (count: number) => void
  readonly onError: (error: unknown) => void
}

/**
 * Records added and revoked keys in the audit of their tenant, and requests with an expired key. The file does not say
 * who changed it. A key that was added while no server ran is recorded at the next start; one that was revoked
 * meanwhile is not.
 */
export function auditKeys(keys: ApiKeys, registry: Registry, options: AuditKeysOptions): void {
  const { onOperatorKey, onRefused, onError } = options
  const targetOf = ({ id, name }: KeyEntry) => ({ targetId: id, ...(name === undefined ? {} : { targetName: name }) })
  const auditOf = ({ tenant }: TenantKey) => registry.tenant(tenant).audit
  const reportedAt = new Map<string, number>()
  let refusals = 0
  let last = Promise.resolve()

  async function added(entry: TenantKey): Promise<void> {
    const filter = { targetId: entry.id, action: ['KEY_ADDED', 'KEY_REVOKED'] as const }
    const { edges } = await auditOf(entry).list({ first: 1, filter })
    if (edges[0]?.node.action === 'KEY_ADDED') return
    await auditOf(entry).record({ action: 'KEY_ADDED', ...targetOf(entry), fields: entry.scopes })
  }

  function isDue(about: string): boolean {
    const now = Date.now()
    if (now - (reportedAt.get(about) ?? Number.NEGATIVE_INFINITY) < refusalIntervalMs) return false
    reportedAt.set(about, now)
    return true
  }

  function ofTenants(what: 'added' | 'revoked', entries: readonly KeyEntry[]): readonly TenantKey[] {
    return entries.filter((entry) => {
      const isOfTenant = entry.tenant !== undefined
      if (!isOfTenant) onOperatorKey(what, entry.id)
      return isOfTenant
    })
  }

  keys.observe({
    changed(change) {
      const revoked = ofTenants('revoked', change.revoked)
      const fresh = ofTenants('added', change.added)
      // One change after the other, in order.
      last = last
        .then(async () => {
          for (const entry of revoked) await auditOf(entry).record({ action: 'KEY_REVOKED', ...targetOf(entry) })
          for (const entry of fresh) await added(entry)
        })
        .catch(onError)
    },
    refused(expired) {
      refusals += 1
      if (isDue('all')) {
        onRefused(refusals)
        refusals = 0
      }
      if (expired?.tenant === undefined || !isDue(expired.id)) return
      const event = { action: 'ACCESS', actor: expired.id, refusedWith: 'UNAUTHENTICATED' } as const
      auditOf(expired).record(event).catch(onError)
    },
  })
}
