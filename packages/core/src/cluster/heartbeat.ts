import { isRegistryError } from '../base/errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import { leaseLost } from '../storage/errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Nodes } from './nodes.ts'
import { recoverInterruptedJobs, resetStaleConnecting } from './recovery.ts'

/** So often a lease is renewed while it lasts. */
const renewals = 3
/** Where the storage cannot be used, it is tried again after this part of the time between renewals, or sooner. */
const retries = 4
const maxRetryMs = 1_000
/** Where there are no leases, so often it is looked whose process has ended. */
const processesEveryMs = 5_000
/** After a lease of another one should have lapsed, in ms. */
const slackMs = 20

export interface HeartbeatDeps {
  readonly storage: Storage
  readonly bus: EventBus
  readonly nodes: Nodes
  readonly jobs: RunningJobs
  /** Hears whether this registry is the oldest. */
  readonly onLeaderChange: (isLeader: boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Settles what registries left that are gone: within seconds where their process has ended, as soon as it lapses where they
 * have a lease. Renews the lease of this one, and tells whether it is the oldest. A registry that finds its own lease gone,
 * since it was paused or cut off for too long, drops the jobs it had, which others have settled, and goes on under a new
 * one. Answers the function that stops it, which resolves when nothing goes on any more.
 */
export function startHeartbeat({
  storage,
  bus,
  nodes,
  jobs,
  onLeaderChange,
  onError,
}: HeartbeatDeps): () => Promise<void> {
  const everyMs = nodes.leaseMs === undefined ? processesEveryMs : nodes.leaseMs / renewals
  /** By `performance.now()`. After the start, and after the storage was away, the others are given the time to renew theirs. */
  let patientUntil = performance.now() + everyMs
  let isStopping = false
  let going: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  async function renew(): Promise<void> {
    try {
      await nodes.renew()
    } catch (error) {
      if (!isRegistryError(error, 'LEASE_LOST')) throw error
      onError(error)
      // Before there is another lease: whatever goes on must not take it for its own.
      jobs.cancelAll(leaseLost(nodes.leaseMs))
      await nodes.rejoin()
    }
    if (patientUntil === Number.POSITIVE_INFINITY) patientUntil = performance.now() + everyMs
  }

  /** Answers after how long to look again, in ms. */
  async function beat(): Promise<number> {
    await renew()
    const dead = await nodes.deadNodes()
    await onLeaderChange(dead.isLeader)
    const patienceMs = patientUntil - performance.now()
    if (patienceMs > 0) return patienceMs
    if (dead.ids.length > 0) {
      await recoverInterruptedJobs(storage, dead)
      await resetStaleConnecting(storage)
      bus.notifyAll()
    }
    return Math.min(everyMs, (dead.nextLapseMs ?? everyMs) + slackMs)
  }

  function next(afterMs: number): void {
    timer = setTimeout(() => {
      going = beat()
        .catch((error: unknown) => {
          // Once for as long as the storage is away.
          if (patientUntil !== Number.POSITIVE_INFINITY) onError(error)
          patientUntil = Number.POSITIVE_INFINITY
          return Math.min(everyMs / retries, maxRetryMs)
        })
        .then((ms) => {
          if (!isStopping) next(ms)
        })
    }, afterMs).unref()
  }
  next(everyMs)

  return async () => {
    isStopping = true
    clearTimeout(timer)
    await going
  }
}
