import { isRegistryError, RegistryError } from '../base/errors.ts'
import { defaultTenant, type TenantId } from '../base/ids.ts'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { createListings } from '../budgets/listings.ts'
import { createTurns } from '../budgets/turns.ts'
import { watchForeignWrites } from '../cluster/change-poller.ts'
import { watchOwners } from '../cluster/heartbeat.ts'
import { startHousekeeping } from '../cluster/maintenance.ts'
import { enterOwners, type Owners } from '../cluster/nodes.ts'
import { settleDials, settleInterrupted } from '../cluster/recovery.ts'
import { createEventBus } from '../events/bus.ts'
import { heedCancelRequests } from '../jobs/cancel-requests.ts'
import { createRunningJobs } from '../jobs/running-jobs.ts'
import { createConnections } from '../policy/connections.ts'
import { createStdioPolicy } from '../policy/stdio-policy.ts'
import { createArgumentChecks } from '../runs/arguments.ts'
import { createServerSecrets, type ServerSecrets } from '../secrets/server-secrets.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import { startHealthCheck } from '../sessions/health-check.ts'
import { createTenantAllowances, readingSteps } from '../sessions/limits.ts'
import { createSessionPool } from '../sessions/pool.ts'
import { supportedProtocolVersions } from '../sessions/protocol-versions.ts'
import { createChildLedger } from '../sessions/stdio/child-process-store.ts'
import { childEnvironment } from '../sessions/stdio/environment.ts'
import { createCommandLimits } from '../sessions/stdio/limited-command.ts'
import { enterSecrets } from '../status/seal-stored-secrets.ts'
import type { Storage } from '../storage/storage.ts'
import { createStorageCheck } from '../storage/storage-check.ts'
import { asRoot } from '../telemetry/active-span.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { openDefaultKeyRing } from './open-key-ring.ts'
import { type RegistryOptions, type ResolvedOptions, version } from './options.ts'
import { createSchedules } from './refresh-scheduler.ts'
import type { Registry } from './registry-api.ts'
import { followForeignChanges } from './remote-invalidation.ts'
import { resolveOptions } from './resolve-options.ts'
import { createTenants } from './tenants.ts'

/** How long those who follow a job or the feed may take, once all is over, to read to the end of it. */
const readersMs = 500

interface Entered {
  /** That have something stored. */
  readonly tenantIds: readonly TenantId[]
  readonly owners: Owners
  readonly secretsOf: (tenantId: TenantId) => ServerSecrets
}

/** Has every secret sealed before anything else, and takes over what processes that are gone left in the storage. */
async function enter(storage: Storage, options: ResolvedOptions): Promise<Entered> {
  const { secretKey, secretEnv, secretProvider, onError, eventRetention, leaseMs } = options
  try {
    const keyRing = await openDefaultKeyRing(storage, options.storage, secretKey, onError)
    const sources = { env: secretEnv, provider: secretProvider, onError }
    const secretsOf = (tenantId: TenantId) => createServerSecrets(keyRing, sources, tenantId)
    const tenantIds = await storage.upkeep.tenants()
    for (const id of tenantIds) {
      await enterSecrets(storage.tenant(id), secretsOf(id), eventRetention)
    }
    // What it cannot remove now, the next start does.
    await storage.eraseClearText().catch(onError)
    const owners = await enterOwners(storage, leaseMs)
    if (owners.leaseMs === undefined) {
      const gone = await owners.gone()
      await settleInterrupted(storage, gone)
      // Of the others that are there, one may be dialling.
      if (gone.isAlone) await settleDials(storage)
    }
    return { tenantIds, owners, secretsOf }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/**
 * Opens a registry of MCP servers. What it starts (connections, children, timers, the storage) ends with `close()`,
 * or at the end of the block with `await using`.
 *
 * Rejects with INVALID_INPUT for an option out of range, STORAGE_INVALID, STORAGE_TOO_NEW and STORAGE_UNAVAILABLE.
 */
export async function createRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const resolved = resolveOptions(options)
  const { eventRetention, history, idempotencyKeyMs, onError } = resolved
  const stdio = createStdioPolicy(resolved.stdio, childEnvironment().PATH ?? '')
  const limitCommand = createCommandLimits(resolved.stdio.limits, childEnvironment().PATH ?? '')
  const telemetry = createTelemetry({ options: resolved.telemetry, observer: resolved.observer, version, onError })
  const storage = await resolved.storage.open()
  const { tenantIds, owners, secretsOf } = await enter(storage, resolved)
  const bus = createEventBus(telemetry.onEventsRead)
  const jobs = createRunningJobs(onError)
  const stopWatching = watchForeignWrites({
    storage,
    isAwaited: () => bus.subscribers > 0 || jobs.size > 0 || pool.size > 0,
    onNews(news) {
      if ('topic' in news) {
        bus.notify(news.topic)
        return
      }
      if (news.kind !== 'CANCEL') foreign.heard()
      if (news.kind === 'CATALOG') return
      if (news.kind === 'ANYTHING') bus.notifyAll()
      void heedCancelRequests(storage, jobs).catch(onError)
    },
    onError,
  })
  const { idleMs, idleBytesMs, healthCheckMs } = resolved.sessions
  const meter = createBudgetMeter(resolved.budgets)
  const { budgets } = meter
  storage.limitReads?.({
    bytes: budgets.readBytes,
    onEarlyEnd: () => meter.count('readBytes'),
    exceeded: (got) => meter.exceeded('readBytes', { what: 'what was asked for at once', got }),
  })
  // A registry that knows of no tenant but the default one has it all to itself.
  const share = () => (tenants.areSeveral ? budgets.tenantShare / 100 : 1)
  const ledger = createChildLedger(storage, onError)
  const connections = createConnections({ policy: resolved.network, proxies: resolved.proxies, budgets, share })
  const ending = new AbortController()
  let protocolFaults = 0
  const statesOf = ({ tenantId }: DialTarget) => tenants.of(tenantId).states
  const pool = createSessionPool({
    idleMs,
    share,
    environment: {
      clientInfo: resolved.clientInfo,
      meter,
      idleBytesMs,
      readingSteps: readingSteps(budgets, (max) => createTurns({ max, share })),
      openConnections: connections.open,
      unaskedOf: createTenantAllowances(budgets.unaskedPerSecond),
      ledger,
      stdio,
      stdioEnv: resolved.stdio.env,
      limitCommand,
      closing: jobs.closing,
      onProtocolFault() {
        protocolFaults += 1
      },
      telemetry,
    },
    onDial: (target, event) => statesOf(target).afterDial(target.serverId, event),
    onLost: (target, error) => void statesOf(target).afterRequest(target.serverId, error).catch(onError),
    onToolsChanged: (target) => tenants.of(target.tenantId).automatic.toolsChanged(target),
  })
  const tenants = createTenants({
    storage,
    bus,
    pool,
    connections,
    closing: ending.signal,
    jobs,
    meter,
    argumentChecks: createArgumentChecks(meter),
    refreshTurns: createTurns({ max: budgets.refreshes, share }),
    listings: createListings(meter),
    owners,
    isLeading: () => schedules.isLeading,
    secretsOf,
    stdio,
    telemetry,
    options: resolved,
  })
  tenants.know([defaultTenant, ...tenantIds])
  const schedules = createSchedules(storage, () => tenants)
  const foreign = followForeignChanges({ storage, pool, schedules, onError })
  const onLeading = (isLeading: boolean) => schedules.lead(isLeading)
  const stopHealthCheck =
    healthCheckMs === undefined
      ? undefined
      : startHealthCheck({
          pool,
          everyMs: healthCheckMs,
          requestMs: resolved.timeouts.requestMs,
          claim: (target, everyMs) => statesOf(target).claimPing(target.serverId, everyMs),
          onChecked: (target, error) => statesOf(target).afterPing(target.serverId, error),
          onError,
        })
  const stopHousekeeping = startHousekeeping({
    storage,
    bus,
    owners,
    jobs,
    history,
    idempotencyKeyMs,
    budgets,
    onError,
  })
  const stopWatchingOwners = watchOwners({ storage, bus, owners, jobs, onLeading, onError })
  const reaping = ledger.reap().catch(onError)
  let closing: Promise<void> | undefined
  await schedules.lead((await owners.gone()).isOldest)

  async function close(graceMs: number): Promise<void> {
    ending.abort(new RegistryError('CLOSED', 'The registry is closed'))
    for (const { automatic } of tenants.all()) automatic.close()
    await jobs.close(graceMs)
    await starting
    await stopHealthCheck?.()
    await stopHousekeeping()
    await stopWatchingOwners()
    // After the jobs, so that their last events reach those who follow them; before the storage, which they read.
    stopWatching()
    await foreign.close()
    await Promise.all([bus.close(readersMs), pool.close()])
    await connections.close()
    await reaping
    for (const tenant of tenants.all()) {
      await tenant.states.inTurn(async () => undefined)
      await tenant.close().catch(onError)
    }
    try {
      await owners.leave()
    } finally {
      await storage.close()
    }
  }

  async function refreshAll(): Promise<void> {
    const tenantIds = await storage.upkeep.tenants()
    // Beside one another: the many servers of one are not in the way of the few of another.
    await Promise.all(tenantIds.map((id) => tenants.of(id).registry.servers.refreshAll().catch(reportUnlessClosed)))
  }
  // The jobs are looked up like any other; a registry that is closed meanwhile takes no more of them.
  const starting = resolved.refreshOnStart ? asRoot(refreshAll).catch(reportUnlessClosed) : undefined
  function reportUnlessClosed(error: unknown): void {
    if (!isRegistryError(error, 'CLOSED')) onError(error)
  }

  const checkStorage = createStorageCheck(storage)
  const registry: Registry = {
    ...tenants.of(defaultTenant).registry,
    tenant: (name) => tenants.named(name).registry,
    stats: () => ({
      version,
      supportedProtocolVersions,
      eventRetention,
      stdioAllowed: stdio.isAnyAllowed,
      sessions: pool.size,
      idleSessions: pool.idle,
      waitingRequests: pool.waiting,
      sessionsOpened: pool.opened,
      protocolFaults,
      budgetRefusals: { ...meter.refusals },
      runningJobs: jobs.size,
      eventSubscribers: bus.subscribers,
    }),
    async checkStorage() {
      if (closing) throw new RegistryError('CLOSED', 'The registry is closed')
      await checkStorage()
    },
    close({ graceMs = 0 } = {}) {
      closing ??= close(graceMs)
      return closing
    },
    [Symbol.asyncDispose]: () => registry.close(),
  }
  return registry
}
