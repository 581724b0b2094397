import { DisposalStack } from '../base/disposal-stack.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { defaultTenant, type TenantId } from '../base/ids.ts'
import { version } from '../base/version.ts'
import { type BudgetMeter, createBudgetMeter } from '../budgets/budget-meter.ts'
import { createEventBus, type EventBus } from '../events/bus.ts'
import { createRunningJobs, type RunningJobs } from '../jobs/running-jobs.ts'
import { createConnections } from '../policy/connections.ts'
import { createStdioPolicy, type StdioPolicy } from '../policy/stdio-policy.ts'
import { createReadCaches, type ReadCaches } from '../resources/read-caches.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { supportedProtocolVersions } from '../sessions/protocol-versions.ts'
import { createChildProcessStore } from '../sessions/stdio/child-process-store.ts'
import { childEnvironment } from '../sessions/stdio/environment.ts'
import { createCommandLimits } from '../sessions/stdio/limited-command.ts'
import type { Storage } from '../storage/storage.ts'
import { createStorageCheck } from '../storage/storage-check.ts'
import { asRoot } from '../telemetry/active-span.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { startBackgroundWork } from './background-work.ts'
import { openPool } from './open-pool.ts'
import type { RegistryOptions, ResolvedOptions } from './options.ts'
import { createPauseExpiry } from './pause-expiry.ts'
import { prepareStorage } from './prepare-storage.ts'
import type { Leadership } from './refresh-scheduler.ts'
import type { Registry, RegistryStats } from './registry-api.ts'
import { resolveOptions } from './resolve-options.ts'
import { createTenantGrounds } from './tenant-ground.ts'
import { createTenantOAuths } from './tenant-oauth.ts'
import { createTenants, type Tenants } from './tenants.ts'

/** Time for subscribers to read to the end once all work has ended, in ms. */
const readersMs = 500

/** The opened parts that a registry answers its callers with. */
interface OpenRegistry {
  readonly options: ResolvedOptions
  readonly storage: Storage
  readonly bus: EventBus
  readonly jobs: RunningJobs
  readonly meter: BudgetMeter
  readonly pool: SessionPool
  readonly stdio: StdioPolicy
  readonly tenants: Tenants
  readonly faults: { protocol: number }
  readonly ending: AbortController
  /** Stops the timers that start refreshes. May be called twice. */
  readonly closeTriggers: () => void
}

/** Opens the parts, each after those that it needs; `stack` ends them in reverse order. */
async function open(options: ResolvedOptions, stack: DisposalStack): Promise<OpenRegistry> {
  const { budgets, maxFeedEvents, onError } = options
  const searchPath = childEnvironment().PATH ?? ''
  const stdio = createStdioPolicy(options.stdio, searchPath)
  const limitCommand = createCommandLimits(options.stdio.limits, searchPath)
  const telemetry = createTelemetry({ options: options.telemetry, observer: options.observer, version, onError })
  const { storage, tenantIds, nodes, keyRing, secretsOf } = await openStorage(options, stack)
  const meter = createBudgetMeter(budgets)
  limitReads(storage, meter)
  const bus = createEventBus(telemetry.onEventsRead)
  const jobs = createRunningJobs(onError)
  const grounds = createTenantGrounds({ storage, bus, secretsOf, maxFeedEvents, onError }, [
    defaultTenant,
    ...tenantIds,
  ])
  stack.defer(() => grounds.close())
  // The only tenant of a registry has all of its capacity.
  const share = () => (grounds.areSeveral ? budgets.tenantShare / 100 : 1)
  const children = createChildProcessStore(storage, onError)
  const reaping = children.reap().catch(onError)
  stack.defer(() => reaping)
  const connections = createConnections({ policy: options.network, proxies: options.proxies, budgets, share })
  stack.defer(() => connections.close())
  const faults = { protocol: 0 }
  const onProtocolFault = () => {
    faults.protocol += 1
  }
  const closing = jobs.closing
  const sessions = { options, grounds, meter, share, connections, children, stdio, limitCommand, closing, telemetry }
  const oauths = createTenantOAuths({ grounds, keyRing, connections, nodes, closing, share, telemetry, options })
  stack.defer(() => oauths.close())
  const pool = openPool({ ...sessions, authorizerOf: oauths.authorizerOf, onProtocolFault })
  oauths.onReplaced((serverId) => pool.retire(serverId))
  stack.defer(async () => {
    await Promise.all([bus.close(readersMs), pool.close()])
  })
  const reads = createReadCaches({ meter, share })
  pool.onRetired((serverId) => reads.purge(serverId))
  const ending = new AbortController()
  const leadership: Leadership = { isLeader: false }
  const isLeader = () => leadership.isLeader
  const expiry = createPauseExpiry({ storage, tenants: () => tenants, onError })
  stack.defer(() => expiry.close())
  const pausing = { keyRing, onPause: (expiresAt: number) => expiry.expect(expiresAt) }
  const shared = {
    reads,
    grounds,
    oauths,
    bus,
    pool,
    connections,
    jobs,
    meter,
    share,
    nodes,
    stdio,
    telemetry,
    options,
  }
  const tenants: Tenants = createTenants({ ...shared, ...pausing, closing: ending.signal, isLeader })
  const closeTriggers = () => {
    for (const { triggers } of tenants.all()) triggers.close()
  }
  stack.defer(closeTriggers)
  takeNotifications(pool, tenants, reads)
  await startBackgroundWork({ options, storage, bus, nodes, jobs, pool, oauths, grounds, tenants, leadership }, stack)
  expiry.start()
  return { options, storage, bus, jobs, meter, pool, stdio, tenants, faults, ending, closeTriggers }
}

/** Opens the storage, and enters this node into it. */
async function openStorage(options: ResolvedOptions, stack: DisposalStack) {
  const storage = await options.storage.open()
  stack.defer(() => storage.close())
  const prepared = await prepareStorage(storage, options)
  stack.defer(() => prepared.nodes.leave())
  return { storage, ...prepared }
}

/** Passes on to the tenants what servers say unasked. */
function takeNotifications(pool: SessionPool, tenants: Tenants, reads: ReadCaches): void {
  pool.onListChanged((target) => {
    reads.purge(target.serverId)
    tenants.of(target.tenantId).triggers.listChanged(target)
  })
  pool.onVisited(({ tenantId, serverId }, elicitationId) => {
    void tenants.of(tenantId).pausedRuns.visited(serverId, elicitationId)
  })
}

function limitReads(storage: Storage, meter: BudgetMeter): void {
  storage.limitReads?.({
    bytes: meter.budgets.readBytes,
    onEarlyEnd: () => meter.count('readBytes'),
    exceeded: (got) => meter.exceeded('readBytes', { what: 'one read', got }),
  })
}

/** Refreshes every enabled server. Tenants run concurrently, so that one with many servers delays no other. */
async function refreshAll({ storage, tenants, options }: OpenRegistry): Promise<void> {
  const report = (error: unknown) => {
    // A registry that closes meanwhile refuses further refreshes.
    if (!isRegistryError(error, 'CLOSED')) options.onError(error)
  }
  try {
    const refreshTenant = (id: TenantId) => tenants.of(id).registry.servers.refreshAll().catch(report)
    await Promise.all((await storage.crossTenant.tenants()).map(refreshTenant))
  } catch (error) {
    report(error)
  }
}

/**
 * Opens a registry of MCP servers. The caller closes it, with `close()` or `await using`: that ends everything the registry
 * started, which is connections, child processes, timers and the storage. If it rejects, nothing stays open.
 *
 * @throws INVALID_INPUT for an option out of range, or an unknown one
 * @throws STORAGE_INVALID, STORAGE_TOO_NEW, STORAGE_UNAVAILABLE
 */
export async function createRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const resolved = resolveOptions(options)
  const stack = new DisposalStack()
  let opened: OpenRegistry
  try {
    opened = await open(resolved, stack)
  } catch (error) {
    await stack[Symbol.asyncDispose]().catch(resolved.onError)
    throw error
  }
  const { jobs, ending, closeTriggers } = opened
  const starting = resolved.refreshOnStart ? asRoot(() => refreshAll(opened)) : undefined

  async function close(graceMs: number): Promise<void> {
    ending.abort(new RegistryError('CLOSED', 'The registry is closed'))
    closeTriggers()
    // Jobs end before the bus closes, so that subscribers read their last events.
    await jobs.close(graceMs)
    await starting
    await stack[Symbol.asyncDispose]()
  }
  return toRegistry(opened, close)
}

/** The followers of all tenants, and what they follow. */
function followedResources(tenants: Tenants): Pick<RegistryStats, 'resourceFollowers' | 'followedResources'> {
  const all = [...tenants.all()].map(({ resourceUpdates }) => resourceUpdates)
  return {
    resourceFollowers: all.reduce((sum, { followers }) => sum + followers, 0),
    followedResources: all.reduce((sum, { uris }) => sum + uris, 0),
  }
}

function toRegistry(opened: OpenRegistry, closeAll: (graceMs: number) => Promise<void>): Registry {
  const { options, storage, bus, jobs, meter, pool, stdio, tenants, faults } = opened
  const checkStorage = createStorageCheck(storage)
  let closing: Promise<void> | undefined
  const close: Registry['close'] = ({ graceMs = 0 } = {}) => {
    closing ??= closeAll(graceMs)
    return closing
  }
  return {
    ...tenants.of(defaultTenant).registry,
    tenant: (name) => tenants.named(name).registry,
    stats: () => ({
      version,
      supportedProtocolVersions,
      eventRetention: options.maxFeedEvents,
      stdioAllowed: stdio.isAnyAllowed,
      selfApproval: options.selfApproval,
      sessions: pool.size,
      idleSessions: pool.idle,
      waitingRequests: pool.waiting,
      sessionsOpened: pool.opened,
      protocolFaults: faults.protocol,
      budgetRefusals: { ...meter.refusals },
      runningJobs: jobs.size,
      eventSubscribers: bus.subscribers,
      ...followedResources(tenants),
    }),
    async checkStorage() {
      if (closing) throw new RegistryError('CLOSED', 'The registry is closed')
      await checkStorage()
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
