import { invalidInput, RegistryError } from '../base/errors.ts'
import { type NodeId, parseTenantId, type TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createListings } from '../budgets/listings.ts'
import { createTurns } from '../budgets/turns.ts'
import { createCatalog } from '../catalog/search-catalog.ts'
import type { ConfigFilesApi } from '../config-files/api.ts'
import type { EventBus } from '../events/bus.ts'
import { createServerRequests } from '../features/server-requests.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Connections } from '../policy/connections.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import { createPrompts } from '../prompts/prompts.ts'
import { createRefreshTriggers, type RefreshTriggers } from '../refreshes/refresh-triggers.ts'
import { createRefreshes } from '../refreshes/refreshes.ts'
import type { ReadCaches } from '../resources/read-caches.ts'
import { createResources } from '../resources/resources.ts'
import { createResourceUpdates, type ResourceUpdates } from '../resources/updates/resource-updates.ts'
import { createArgumentChecks } from '../runs/arguments.ts'
import type { PausedRunControl } from '../runs/end-pauses.ts'
import { createRunTargets } from '../runs/run-targets.ts'
import { createRuns } from '../runs/runs.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import { createTransportDetection } from '../servers/detect-transport.ts'
import { followServers } from '../servers/feed.ts'
import { createServers } from '../servers/servers.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { createToolViews } from '../tools/tool-views.ts'
import { createTools } from '../tools/tools.ts'
import type { ResolvedOptions } from './options.ts'
import type { TenantRegistry } from './registry-api.ts'
import type { TenantGrounds } from './tenant-ground.ts'
import type { TenantOAuths } from './tenant-oauth.ts'

/** The parts that all tenants share. */
export interface TenantsDeps {
  readonly grounds: TenantGrounds
  readonly oauths: TenantOAuths
  readonly bus: EventBus
  readonly pool: SessionPool
  /** What reads of resources keep. */
  readonly reads: ReadCaches
  readonly connections: Connections
  /** Aborts when the registry is closed. */
  readonly closing: AbortSignal
  readonly jobs: RunningJobs
  readonly meter: BudgetMeter
  /** The share of the common capacity that one tenant may use, from 0 to 1. */
  readonly share: () => number
  readonly nodes: { readonly self: NodeId }
  /** Whether this node is the one that keeps the refresh intervals. */
  readonly isLeader: () => boolean
  readonly stdio: StdioPolicy
  readonly telemetry: Telemetry
  readonly keyRing: KeyRing
  /** Receives when a run that was just paused expires, in epoch ms. */
  readonly onPause: (expiresAt: number) => void
  readonly options: ResolvedOptions
}

/** A tenant: its public API, and the triggers that refresh its servers. */
export interface Tenant {
  readonly id: TenantId
  readonly registry: TenantRegistry
  readonly triggers: RefreshTriggers
  readonly pausedRuns: PausedRunControl
  readonly resourceUpdates: ResourceUpdates
}

/** The tenants of a registry, each created on first use. */
export interface Tenants {
  of(id: TenantId): Tenant
  /** @throws INVALID_INPUT for a name that no tenant may have */
  named(name: string): Tenant
  /** The tenants that were used so far. */
  all(): Iterable<Tenant>
}

/** Longest wait of an import for a server whose transport it detects, in ms. */
const longestProbeMs = 10_000

/** Creates the parts that all tenants share and that nothing else uses. */
function createShared({ meter, share }: TenantsDeps) {
  return {
    argumentChecks: createArgumentChecks(meter),
    turns: createTurns<TenantId>({ max: meter.budgets.refreshes, share }),
    listings: createListings<TenantId>(meter),
  }
}

function createTenant(deps: TenantsDeps, shared: ReturnType<typeof createShared>, id: TenantId): Tenant {
  const { bus, pool, connections, closing, jobs, meter, nodes, isLeader, stdio, telemetry, options } = deps
  const { keyRing, onPause } = deps
  const { history, idempotencyKeyMs, maxFeedEvents, returnCharLimit, timeouts, inputTimeoutMs, selfApproval, onError } =
    options
  const ground = deps.grounds.of(id)
  const { storage, statuses, audit, secrets } = ground
  const record = { args: history.args, result: history.results }
  const views = createToolViews(storage, { returnCharLimit, recordArgs: record.args, recordResults: record.result })
  const targets = createRunTargets(storage, secrets)
  const common = { ...ground, ...shared, bus, pool, jobs, meter, nodes, views, telemetry, maxFeedEvents, onError }
  const pausing = { keyRing, onPause, inputTimeoutMs, selfApproval }
  const { paused: pausedRuns, ...runs } = createRuns({
    ...common,
    ...pausing,
    targets,
    idempotencyKeyMs,
    defaults: { record, returnCharLimit },
  })
  const requests = createServerRequests(common)
  const resourceUpdates = createResourceUpdates(common)
  resourceUpdates.onHeard(({ serverId, uri }) => deps.reads.purge(serverId, uri))
  const refreshes = createRefreshes({ ...common, pausedRuns })
  const triggers = createRefreshTriggers({ storage, isLeader, refreshes, statuses, meter, onError })
  const servers = createServers({
    ...common,
    pausedRuns,
    oauth: deps.oauths.of(id),
    refreshes,
    triggers,
    stdio,
    options,
  })
  const connectMs = Math.min(timeouts.connectMs, longestProbeMs)
  const detectTransport = createTransportDetection({ tenantId: id, pool, secrets, connectMs })
  // Loaded when they are used: the parsers of other programs' files take some MB, and few processes read any.
  const files: ConfigFilesApi = {
    async import(...given) {
      const { createImport } = await import('../config-files/import/import-servers.ts')
      const read = createImport({ servers, dispatcher: () => connections.of(id), detectTransport, closing, options })
      return await read(...given)
    },
    async export(...given) {
      const { createExport } = await import('../config-files/export/export-servers.ts')
      return await createExport({ servers, options })(...given)
    },
  }
  return {
    id,
    triggers,
    pausedRuns,
    resourceUpdates,
    registry: {
      servers: { ...servers, ...files },
      tools: createTools({ storage, bus, runs, targets, views, audit, pausedRuns, maxFeedEvents }),
      resources: createResources({ storage, requests, meter, reads: deps.reads, updates: resourceUpdates }),
      ...createCatalog({ storage, views }),
      prompts: createPrompts({ storage, requests, meter }),
      refreshes,
      runs,
      audit: { list: audit.list, count: audit.count, record: audit.record },
      events(eventsOptions = {}) {
        if (bus.closed) throw new RegistryError('CLOSED', 'The registry is closed')
        return followServers(storage, bus, eventsOptions)
      },
    },
  }
}

export function createTenants(deps: TenantsDeps): Tenants {
  const shared = createShared(deps)
  const tenants = new Map<TenantId, Tenant>()

  function of(id: TenantId): Tenant {
    const tenant = tenants.get(id) ?? createTenant(deps, shared, id)
    tenants.set(id, tenant)
    return tenant
  }

  return {
    of,
    named(name) {
      const id = parseTenantId(name)
      if (id) return of(id)
      const message =
        'name: expected 1 to 64 lower-case letters, digits, - and _, a letter or digit first, got other text'
      throw invalidInput(['name'], message)
    },
    all: () => tenants.values(),
  }
}
