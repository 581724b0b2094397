import { createAuditLog } from '../audit/audit.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import { parseTenantId, type TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { Listings } from '../budgets/listings.ts'
import type { Turns } from '../budgets/turns.ts'
import type { Owners } from '../cluster/nodes.ts'
import { createExport } from '../config-files/export/export-servers.ts'
import { createTransportDetection } from '../config-files/import/detect-transport.ts'
import { createImport } from '../config-files/import/import-servers.ts'
import type { EventBus } from '../events/bus.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Connections } from '../policy/connections.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import { type AutomaticRefreshes, createAutomaticRefreshes } from '../refreshes/refresh-triggers.ts'
import { createRefreshes } from '../refreshes/refreshes.ts'
import type { ArgumentChecks } from '../runs/arguments.ts'
import { createRuns } from '../runs/runs.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { followServers } from '../servers/feed.ts'
import { createServers } from '../servers/servers.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { createServerStates, type ServerStates } from '../status/server-status-store.ts'
import type { Storage } from '../storage/storage.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { createToolViews } from '../tools/tool-views.ts'
import { createTools } from '../tools/tools.ts'
import type { ResolvedOptions } from './options.ts'
import type { TenantRegistry } from './registry-api.ts'

/** What all tenants share. */
export interface SharedParts {
  readonly storage: Storage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly connections: Connections
  /** Aborts when the registry is closed. */
  readonly closing: AbortSignal
  readonly jobs: RunningJobs
  readonly meter: BudgetMeter
  readonly argumentChecks: ArgumentChecks
  readonly refreshTurns: Turns<TenantId>
  readonly listings: Listings<TenantId>
  readonly owners: Pick<Owners, 'self'>
  /** Whether this registry is the one of those on the storage that does what needs one alone. */
  readonly isLeading: () => boolean
  readonly secretsOf: (tenantId: TenantId) => ServerSecrets
  readonly stdio: StdioPolicy
  readonly telemetry: Telemetry
  readonly options: ResolvedOptions
}

/** The parts of a registry that work for one tenant, on its storage alone. */
export interface Tenant {
  readonly id: TenantId
  readonly registry: TenantRegistry
  readonly states: ServerStates
  readonly automatic: AutomaticRefreshes
  /** Puts on record what is left to write. */
  close(): Promise<void>
}

export interface Tenants {
  of(id: TenantId): Tenant
  /** INVALID_INPUT for what is no tenant's name. */
  named(name: string): Tenant
  /** Those that somebody has asked for. */
  all(): Iterable<Tenant>
  /** Tenants that have something in the storage, and that no caller has asked for yet. */
  know(ids: readonly TenantId[]): void
  /** Whether there is more than one; the default one always is. */
  readonly areSeveral: boolean
}

/** How long an import waits for one answer of a server whose transport it has to find out. */
const longestProbeMs = 10_000

function createTenant(shared: SharedParts, id: TenantId): Tenant {
  const {
    bus,
    pool,
    connections,
    closing,
    jobs,
    meter,
    argumentChecks,
    refreshTurns: turns,
    listings,
    owners,
    stdio,
    telemetry,
    options,
  } = shared
  const { eventRetention, history, idempotencyKeyMs, onError } = options
  const storage = shared.storage.tenant(id)
  const states = createServerStates(storage, bus, eventRetention)
  const audit = createAuditLog(storage, onError)
  const secrets = shared.secretsOf(id)
  const views = createToolViews(storage, {
    returnCharLimit: options.returnCharLimit,
    recordArgs: history.args,
    recordResults: history.results,
  })
  const ofListing = { turns, listings, meter }
  const refreshParts = { storage, bus, pool, states, jobs, ...ofListing, owners, views, secrets, telemetry, options }
  const refreshes = createRefreshes(refreshParts)
  const automatic = createAutomaticRefreshes({
    storage,
    isLeading: shared.isLeading,
    refreshes,
    states,
    meter,
    onError,
  })
  const servers = createServers({
    storage,
    bus,
    pool,
    states,
    refreshes,
    automatic,
    stdio,
    audit,
    secrets,
    meter,
    options,
  })
  const connectMs = Math.min(options.timeouts.connectMs, longestProbeMs)
  const detectTransport = createTransportDetection({ tenantId: id, pool, secrets, connectMs })
  const runs = createRuns({ storage, bus, states, jobs, owners, idempotencyKeyMs, meter, telemetry, onError })
  return {
    id,
    states,
    automatic,
    close: () => audit.close(),
    registry: {
      servers: {
        ...servers,
        import: createImport({ servers, dispatcher: connections.of(id), detectTransport, closing, options }),
        export: createExport({ servers, options }),
      },
      tools: createTools({ storage, bus, pool, runs, views, audit, secrets, meter, argumentChecks, options }),
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

/** The tenants of a registry, each made when it is first asked for. */
export function createTenants(shared: SharedParts): Tenants {
  const tenants = new Map<TenantId, Tenant>()
  const known = new Set<TenantId>()

  function of(id: TenantId): Tenant {
    const tenant = tenants.get(id) ?? createTenant(shared, id)
    tenants.set(id, tenant)
    known.add(id)
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
    know(ids) {
      for (const id of ids) known.add(id)
    },
    get areSeveral() {
      return known.size > 1
    },
  }
}
