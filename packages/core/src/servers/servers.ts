import { isDeepStrictEqual } from 'node:util'
import type { AuditLog } from '../audit/audit.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import { createId, parseId, type ServerId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { EventBus } from '../events/bus.ts'
import { isSameConfig } from '../model/config-secrets.ts'
import { feedOf } from '../model/events.ts'
import type { ServerFilter, ServerSort } from '../model/filters.ts'
import { type ListOrder, pageRequest } from '../model/pages.ts'
import { type McpTimeouts, neverConnected, type ServerRecord } from '../model/server.ts'
import { mergeTimeouts, type TimeoutsPatch } from '../model/timeouts.ts'
import type { NetworkPolicy } from '../policy/network-policy.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { RefreshJob, RefreshOptions, RefreshPreview } from '../refreshes/api.ts'
import type { RefreshTriggers } from '../refreshes/refresh-triggers.ts'
import type { RefreshControl } from '../refreshes/refreshes.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { lastKnownStatus, readableState, type ServerStatusStore, stateWrites } from '../status/server-status-store.ts'
import { QuotaExceeded } from '../storage/errors.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { StoredServersApi } from './api.ts'
import { createRuleCheck } from './check-rules.ts'
import { type CreateServerInput, fieldNames, parseCreateInput, parseUpdateInput, toServerConfig } from './input.ts'
import { patchServer } from './patch-server.ts'
import { toMcpServer } from './view.ts'

/** What a tenant's servers take of the registry's options. */
export interface ServersOptions {
  /** Of servers that do not set their own. */
  readonly timeouts: McpTimeouts
  readonly network: NetworkPolicy
  /** Events of the feed that are kept. */
  readonly maxFeedEvents: number
}

export interface ServersDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly refreshes: RefreshControl
  readonly triggers: RefreshTriggers
  readonly stdio: StdioPolicy
  readonly audit: AuditLog
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
  readonly options: ServersOptions
}

const order: ListOrder<ServerSort, ServerRecord> = {
  name: 'servers',
  defaultSort: 'NAME',
  defaultDirection: 'ASC',
  key: ({ id, name, createdAt, updatedAt }, sort) => ({
    id,
    value: sort === 'NAME' ? name : sort === 'CREATED_AT' ? createdAt : updatedAt,
  }),
}

/** What an id that is one says of the target; other text may be anything, a secret too. */
function targetOf(id: string): { readonly targetId?: ServerId } {
  const targetId = parseId('server', id)
  return targetId ? { targetId } : {}
}

/** Names of members alone: their values may be secrets. */
function fieldsOf(input: object): readonly string[] {
  // Nothing is known of it yet.
  return Object.keys(input ?? {}).filter((name) => fieldNames.has(name))
}

/** The servers, for those who bring many along. */
export interface ServerControl extends StoredServersApi {
  /** Rejects as `create` would, but for a name that is taken; writes nothing. */
  check(input: CreateServerInput): Promise<void>
  /** Rejects with LIMIT_EXCEEDED where the tenant may have no server beside those it has and so many others. */
  checkRoom(others: number): Promise<void>
}

export function createServers(deps: ServersDeps): ServerControl {
  const { storage, bus, pool, statuses, refreshes, triggers, audit, secrets, meter, options } = deps
  const checkRules = createRuleCheck(deps)
  const emptyFilter: ServerFilter = {}
  const feed = (type: 'McpServerCreated' | 'McpServerUpdated' | 'McpServerDeleted', serverId: ServerId) =>
    ({
      kind: 'appendServerEvents',
      at: Date.now(),
      events: [{ type, serverId }],
      keep: options.maxFeedEvents,
    }) as const

  const timeoutsAfter = (stored: McpTimeouts, patch: TimeoutsPatch | null | undefined) =>
    mergeTimeouts(meter, stored, patch, options.timeouts)

  async function getOrThrow(id: string): Promise<ServerRecord> {
    const serverId = parseId('server', id)
    const record = serverId && (await storage.servers.get(serverId))
    if (!record) throw new RegistryError('NOT_FOUND', `No server has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return record
  }

  const update: StoredServersApi['update'] = async (id, input, { actor } = {}) => {
    const entry = { action: 'SERVER_UPDATED', actor, ...targetOf(id), fields: fieldsOf(input) } as const
    const { changed, reconnects, record } = await audit.orRefused(entry, () =>
      statuses.serialize(async () => {
        const parsed = parseUpdateInput(input)
        const before = await getOrThrow(id)
        const { expectedRevision } = parsed
        if (expectedRevision !== undefined && expectedRevision !== before.revision)
          throw revisionConflict(before, expectedRevision)
        const after = patchServer(before, parsed, timeoutsAfter(before.timeouts, parsed.timeouts))
        const isReplaced = parsed.config?.transport === 'replace'
        if (isReplaced) checkRules(after, ['config', 'config'], { env: 'env', headers: 'headers' })
        else if (parsed.config) {
          checkRules(after, ['config'], { env: 'setEnv', headers: 'setHeaders', before: before.config })
        }
        const config = await secrets.seal(before.id, after.config, before.config)
        const isKept = isSameConfig(config, before.config)
        if (isKept && isDeepStrictEqual({ ...after, config: null }, { ...before, config: null })) {
          return { changed: false, reconnects: false, record: before }
        }
        const written = { ...after, config, revision: before.revision + 1, updatedAt: Date.now() }
        // A secret that was set anew may be read again.
        const stateNow = isKept ? before.state : readableState(before.state)
        const hasNewState = written.enabled !== before.enabled || stateNow !== before.state
        const known = isKept ? lastKnownStatus(stateNow) : neverConnected.status
        const status = written.enabled ? known : ('DISABLED' as const)
        const state = { ...stateNow, status }
        await storage.commit([
          { kind: 'updateServer', server: written, ifRevision: before.revision },
          feed('McpServerUpdated', before.id),
          audit.done({ ...entry, targetName: before.name }),
          ...(hasNewState ? stateWrites(before, state, options.maxFeedEvents) : []),
        ])
        const reconnects = hasNewState || !isKept
        return { changed: true, reconnects, record: hasNewState ? { ...written, state } : written }
      }),
    )
    if (changed) {
      bus.notify(feedOf(storage.tenantId))
      triggers.schedule(record)
    }
    if (reconnects) await refreshes.cancelFor(record.id, 'SERVER_UPDATED')
    // Sessions belong to a revision, also if only a name was changed: those of the old one would not be used again.
    if (changed) pool.retire(record.id)
    return { server: toMcpServer(record), changed }
  }

  function refresh(id: string, options: RefreshOptions & { readonly dryRun: true }): Promise<RefreshPreview>
  function refresh(id: string, options?: RefreshOptions & { readonly dryRun?: false }): Promise<RefreshJob>
  async function refresh(
    id: string,
    { dryRun = false, ...options }: RefreshOptions & { readonly dryRun?: boolean } = {},
  ) {
    return dryRun ? refreshes.preview(id, options) : refreshes.start(id, options)
  }

  /** A server as it would be stored, its secrets in clear. */
  async function checked(input: CreateServerInput) {
    const parsed = parseCreateInput(input)
    const at = Date.now()
    const given: ServerRecord = {
      id: createId('server'),
      name: parsed.name,
      description: parsed.description ?? null,
      enabled: parsed.enabled,
      labels: [...new Set(parsed.labels ?? [])],
      config: toServerConfig(parsed.config),
      timeouts: timeoutsAfter(options.timeouts, parsed.timeouts),
      protocolEra: parsed.protocolEra,
      toolChangePolicy: parsed.toolChangePolicy,
      refreshIntervalMs: parsed.refreshIntervalMs ?? null,
      revision: 1,
      createdAt: at,
      updatedAt: at,
      state: parsed.enabled ? neverConnected : { ...neverConnected, status: 'DISABLED' },
    }
    checkRules(given, ['config'], { env: 'env', headers: 'headers' })
    return { parsed, given }
  }

  async function withinQuota(writes: readonly Write[]): Promise<void> {
    try {
      await storage.commit(writes)
    } catch (error) {
      throw error instanceof QuotaExceeded ? meter.exceeded(error.quota, { what: 'the tenant' }) : error
    }
  }

  return {
    async check(input) {
      await checked(input)
    },
    async checkRoom(others) {
      const got = (await storage.servers.count(emptyFilter)) + others + 1
      if (got > meter.budgets.serversPerTenant) throw meter.exceeded('serversPerTenant', { what: 'the tenant', got })
    },
    create: (input, { actor } = {}) =>
      audit.orRefused({ action: 'SERVER_CREATED', actor, fields: fieldsOf(input) }, async () => {
        const { parsed, given } = await checked(input)
        const server = { ...given, config: await secrets.seal(given.id, given.config) }
        const created = { action: 'SERVER_CREATED', actor, targetId: server.id, targetName: server.name } as const
        await withinQuota([
          { kind: 'insertServer', server },
          { kind: 'assertQuota', quota: 'serversPerTenant', atMost: meter.budgets.serversPerTenant },
          feed('McpServerCreated', server.id),
          audit.done({ ...created, fields: fieldsOf(input) }),
        ])
        bus.notify(feedOf(storage.tenantId))
        triggers.schedule(server)
        if (parsed.refresh && parsed.enabled) await refreshes.begin(server, { actor })
        return toMcpServer(server)
      }),
    async get(id) {
      const serverId = parseId('server', id)
      const record = serverId && (await storage.servers.get(serverId))
      return record && toMcpServer(record)
    },
    async getByName(name) {
      const record = await storage.servers.getByName(name)
      return record && toMcpServer(record)
    },
    async getMany(ids) {
      const records = await storage.servers.getMany(ids.flatMap((id) => parseId('server', id) ?? []))
      return new Map(records.map((record) => [record.id, toMcpServer(record)]))
    },
    async list(listOptions = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, listOptions)
      return toPage(await storage.servers.page(query), toMcpServer)
    },
    count: (filter = {}) => storage.servers.count(filter),
    update,
    async delete(id, { actor } = {}) {
      const entry = { action: 'SERVER_DELETED', actor, ...targetOf(id) } as const
      const { id: serverId, name: targetName } = await audit.orRefused(entry, () => getOrThrow(id))
      await refreshes.cancelFor(serverId, 'SERVER_DELETED')
      const deletedToolCount = await statuses.serialize(async () => {
        const deleted = await storage.tools.count({ serverId: [serverId] })
        await storage.commit([
          { kind: 'deleteServer', serverId },
          feed('McpServerDeleted', serverId),
          audit.done({ ...entry, targetName }),
        ])
        return deleted
      })
      bus.notify(feedOf(storage.tenantId))
      triggers.forget(serverId)
      pool.retire(serverId)
      return { deletedServerId: serverId, deletedToolCount }
    },
    refresh,
    async refreshAll(filter = {}, { actor } = {}) {
      if (filter.enabled === false)
        throw invalidInput(
          ['filter', 'enabled'],
          'filter.enabled: expected true or nothing: disabled servers are not refreshed',
        )
      const started: RefreshJob[] = []
      const size = 100
      for (let after: { value: string; id: string } | undefined; ; ) {
        const page = await storage.servers.page({
          filter: { ...filter, enabled: true },
          sort: 'NAME',
          direction: 'ASC',
          limit: size,
          ...(after ? { beyond: after } : {}),
        })
        for (const record of page) started.push(await refreshes.begin(record, { actor }))
        const last = page.at(-1)
        if (!last || page.length < size) return started
        after = { value: last.name, id: last.id }
      }
    },
  }
}

function revisionConflict(server: ServerRecord, expected: number): RegistryError {
  return new RegistryError(
    'REVISION_CONFLICT',
    `The server "${server.name}" is at revision ${server.revision}, expected ${expected}: read it again and repeat the change`,
    { path: ['expectedRevision'], details: { serverId: server.id } },
  )
}
