import type { Registry } from '@toolyard/core'
import type { KeyEntry } from './api-key.ts'
import type { ApiKeys } from './open-api-keys.ts'

/**
 * Puts the keys that come and go on record, each with its tenant. Who changed the file is not known. One that was added
 * while nobody served is found at the next start; one that was revoked meanwhile leaves no record.
 */
export function auditKeys(keys: ApiKeys, registry: Registry, onError: (error: unknown) => void): void {
  const targetOf = ({ id, name }: KeyEntry) => ({ targetId: id, ...(name === undefined ? {} : { targetName: name }) })

  async function added(entry: KeyEntry): Promise<void> {
    const { audit } = registry.tenant(entry.tenant)
    const filter = { targetId: entry.id, action: ['KEY_ADDED', 'KEY_REVOKED'] as const }
    const { edges } = await audit.list({ first: 1, filter })
    if (edges[0]?.node.action === 'KEY_ADDED') return
    await audit.record({ action: 'KEY_ADDED', ...targetOf(entry), fields: entry.scopes })
  }

  let last = Promise.resolve()
  keys.observe((change) => {
    // In the order in which they came.
    last = last
      .then(async () => {
        for (const entry of change.revoked) {
          await registry.tenant(entry.tenant).audit.record({ action: 'KEY_REVOKED', ...targetOf(entry) })
        }
        for (const entry of change.added) await added(entry)
      })
      .catch(onError)
  })
}
