import { isRegistryError, type RegistryError } from '../base/errors.ts'
import { isSealed } from '../model/config-secrets.ts'
import type { ServerRecord, ServerState } from '../model/server.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { readableState, stateWrites } from '../status/server-state.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** Number of servers read at a time. */
const pageSize = 200

async function* allServers({ servers }: TenantStorage): AsyncGenerator<ServerRecord> {
  for (let beyond: { value: string; id: string } | undefined; ; ) {
    const query = { filter: {}, sort: 'NAME', direction: 'ASC', limit: pageSize } as const
    const page = await servers.page({ ...query, ...(beyond ? { beyond } : {}) })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    beyond = { value: last.name, id: last.id }
  }
}

/** The state of a server that cannot be dialled because a secret cannot be read. */
function unreadableState(state: ServerState, { code, message, retryable }: RegistryError): ServerState {
  const lastError = { code, message, retryable, stderrTail: [] }
  const consecutiveFailures = state.health.consecutiveFailures + 1
  return {
    ...state,
    status: 'ERROR',
    health: { ...state.health, checkedAt: Date.now(), consecutiveFailures, lastError },
  }
}

/**
 * Seals secrets that an earlier version stored as plaintext, when a registry opens. Servers with a secret that cannot be opened
 * are in ERROR from the start. The feed keeps the last `keep` events.
 */
export async function sealStoredSecrets(storage: TenantStorage, secrets: ServerSecrets, keep: number): Promise<void> {
  async function sealed(record: ServerRecord): Promise<ServerRecord | undefined> {
    if (isSealed(record.config)) return record
    const server = { ...record, config: await secrets.seal(record.id, record.config) }
    try {
      // Sealing changes nothing that the owner configured, so the revision stays.
      await storage.commit([{ kind: 'updateServer', server, ifRevision: record.revision }])
      return server
    } catch (error) {
      // Another process has changed or deleted the server meanwhile.
      if (!isRegistryError(error, 'REVISION_CONFLICT') && !isRegistryError(error, 'NOT_FOUND')) throw error
      const now = await storage.servers.get(record.id)
      return now && sealed(now)
    }
  }

  for await (const found of allServers(storage)) {
    const record = await sealed(found)
    if (!record?.enabled) continue
    const error = await secrets.unreadable(record.id, record.config)
    const wasUnreadable = record.state.health.lastError?.code === 'SECRET_UNREADABLE'
    if (error === undefined && !wasUnreadable) continue
    if (error !== undefined && record.state.health.lastError?.message === error.message) continue
    const state = error ? unreadableState(record.state, error) : readableState(record.state)
    await storage.commit(stateWrites(record, state, keep))
  }
}
