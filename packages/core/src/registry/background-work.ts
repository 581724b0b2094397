import type { DisposalStack } from '../base/disposal-stack.ts'
import { pollChanges } from '../cluster/change-poller.ts'
import { startHeartbeat } from '../cluster/heartbeat.ts'
import { startMaintenance } from '../cluster/maintenance.ts'
import type { Nodes } from '../cluster/nodes.ts'
import type { EventBus } from '../events/bus.ts'
import { applyJobRequests } from '../jobs/job-requests.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import { startHealthCheck } from '../sessions/health-check.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ChangeNotification, Storage } from '../storage/storage.ts'
import type { ResolvedOptions } from './options.ts'
import { createRefreshScheduler, type Leadership } from './refresh-scheduler.ts'
import { createRemoteInvalidation, type RemoteInvalidation } from './remote-invalidation.ts'
import type { TenantGrounds } from './tenant-ground.ts'
import type { TenantOAuths } from './tenant-oauth.ts'
import type { Tenants } from './tenants.ts'

export interface BackgroundWorkDeps {
  readonly options: ResolvedOptions
  readonly storage: Storage
  readonly bus: EventBus
  readonly nodes: Nodes
  readonly jobs: RunningJobs
  readonly pool: SessionPool
  readonly oauths: TenantOAuths
  readonly grounds: TenantGrounds
  readonly tenants: Tenants
  readonly leadership: Leadership
}

/** Starts the background work: changes by other nodes, heartbeat, maintenance, search index, health checks. `stack` ends it. */
export async function startBackgroundWork(deps: BackgroundWorkDeps, stack: DisposalStack): Promise<void> {
  const { options, storage, bus, nodes, jobs, pool, tenants, leadership } = deps
  const { history, idempotencyKeyMs, budgets, maxFeedEvents, onError } = options
  const scheduler = createRefreshScheduler(storage, tenants, leadership)
  const invalidation = createRemoteInvalidation({ storage, pool, scheduler, onError })
  stack.defer(() => invalidation.close())
  stack.defer(
    pollChanges({
      storage,
      // A server waits for each of these, and its caller with it.
      isUrgent: () => jobs.listening > 0,
      isAwaited: () => bus.subscribers > 0 || jobs.size > 0 || pool.size > 0,
      onChange: (change) => applyChange(deps, invalidation, change),
      onError,
    }),
  )
  const { onLeaderChange } = scheduler
  stack.defer(startHeartbeat({ storage, bus, nodes, jobs, maxFeedEvents, onLeaderChange, onError }))
  stack.defer(startMaintenance({ storage, bus, nodes, jobs, history, idempotencyKeyMs, budgets, onError }))
  stack.defer(storage.indexInBackground(onError))
  startHealthChecks(deps, stack)
  await onLeaderChange((await nodes.deadNodes()).isLeader)
}

/** Applies a change that another node wrote to the storage. */
function applyChange(
  { storage, bus, nodes, jobs, oauths, options }: BackgroundWorkDeps,
  invalidation: RemoteInvalidation,
  change: ChangeNotification,
): void {
  if ('topic' in change) {
    bus.notify(change.topic)
    return
  }
  if (change.kind !== 'REQUEST') {
    invalidation.invalidate()
    oauths.invalidate()
  }
  if (change.kind === 'CATALOG') return
  if (change.kind === 'ANYTHING') bus.notifyAll()
  void applyJobRequests(storage, jobs, nodes.self).catch(options.onError)
}

function startHealthChecks({ options, pool, grounds }: BackgroundWorkDeps, stack: DisposalStack): void {
  const { healthCheckMs } = options.sessions
  if (healthCheckMs === undefined) return
  const stop = startHealthCheck({
    pool,
    everyMs: healthCheckMs,
    requestMs: options.timeouts.requestMs,
    claim: ({ tenantId, serverId }, everyMs) => grounds.of(tenantId).statuses.claimPing(serverId, everyMs),
    onChecked: ({ tenantId, serverId }, error) => grounds.of(tenantId).statuses.afterPing(serverId, error),
    onError: options.onError,
  })
  stack.defer(stop)
}
