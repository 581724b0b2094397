import type { Registry } from '@toolyard/core'
import type { KeyEntry, TenantKey } from './api-key.ts'
import type { ApiKeys } from './open-api-keys.ts'

/** How often the same is told, in ms: who tries on and on must not fill the log, or the audit. */
const refusalEveryMs = 10_000

interface AuditKeysOptions {
  /** Receives the keys without a tenant that come and go, of which no audit has a record. */
  readonly onOperatorKey: (what: 'added' | 'revoked', id: string) => void
  /** So many requests without a valid key were refused since it was last told. */
  readonly onRefused: (count: number) => void
  readonly onError: (error: unknown) => void
}

/**
 * Puts the keys that come and go on record, each with its tenant, and who comes with one that has expired. Who changed the
 * file is not known. A key that was added while nobody served is found at the next start; one that was revoked meanwhile
 * leaves no record.
 */
export function auditKeys(keys: ApiKeys, registry: Registry, options: AuditKeysOptions): void {
  const { onOperatorKey, onRefused, onError } = options
  const targetOf = ({ id, name }: KeyEntry) => ({ targetId: id, ...(name === undefined ? {} : { targetName: name }) })
  const auditOf = ({ tenant }: TenantKey) => registry.tenant(tenant).audit
  const toldAt = new Map<string, number>()
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
    if (now - (toldAt.get(about) ?? Number.NEGATIVE_INFINITY) < refusalEveryMs) return false
    toldAt.set(about, now)
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
      // In the order in which they came.
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
