import { isRegistryError } from '../base/errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import { leaseLost } from '../storage/errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Nodes } from './nodes.ts'
import { recoverInterruptedJobs, resetStaleConnecting } from './recovery.ts'

/** Renewals within the length of a lease. */
const renewals = 3
/** Retries within the interval between renewals while the storage is unavailable. */
const retries = 4
/** Longest interval between retries, in ms. */
const maxRetryMs = 1_000
/** Interval between checks for dead processes, in ms, for a storage without leases. */
const processesEveryMs = 5_000
/** Delay after another node's lease should have expired, in ms. */
const slackMs = 20

export interface HeartbeatDeps {
  readonly storage: Storage
  readonly bus: EventBus
  readonly nodes: Nodes
  readonly jobs: RunningJobs
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
  /** Receives at each beat whether this node is the leader. */
  readonly onLeaderChange: (isLeader: boolean) => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Recovers what dead nodes left unfinished: within seconds of the end of their process, or as soon as their lease expires.
 * Renews this node's lease, and reports whether this node is the leader. A node that was paused or cut off for too long
 * loses its lease. It drops its jobs, which other nodes have recovered, and continues under a new id.
 *
 * Answers the function that stops it, which resolves once nothing is under way.
 */
export function startHeartbeat(deps: HeartbeatDeps): () => Promise<void> {
  const heartbeat = new Heartbeat(deps)
  heartbeat.start()
  return () => heartbeat.stop()
}

class Heartbeat {
  readonly #deps: HeartbeatDeps
  readonly #everyMs: number
  /**
   * By `performance.now()`. After the start, and after an outage of the storage, other nodes get time to renew their
   * leases before they count as dead. Infinity during an outage.
   */
  #patientUntil: number
  #isStopping = false
  #beating: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps
    const { leaseMs } = deps.nodes
    this.#everyMs = leaseMs === undefined ? processesEveryMs : leaseMs / renewals
    this.#patientUntil = performance.now() + this.#everyMs
  }

  start(): void {
    this.#beatIn(this.#everyMs)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#timer)
    await this.#beating
  }

  #beatIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat()
        .catch((error: unknown) => this.#retryAfter(error))
        .then((nextMs) => {
          if (!this.#isStopping) this.#beatIn(nextMs)
        })
    }, ms).unref()
  }

  /** Answers when the next beat is due, in ms. */
  async #beat(): Promise<number> {
    const { storage, bus, nodes, maxFeedEvents, onLeaderChange, onError } = this.#deps
    await this.#renew()
    const dead = await nodes.deadNodes()
    await onLeaderChange(dead.isLeader)
    const patienceMs = this.#patientUntil - performance.now()
    if (patienceMs > 0) return patienceMs
    if (dead.ids.length > 0) {
      await recoverInterruptedJobs(storage, dead, maxFeedEvents, onError)
      await resetStaleConnecting(storage)
      bus.notifyAll()
    }
    return Math.min(this.#everyMs, (dead.nextLapseMs ?? this.#everyMs) + slackMs)
  }

  async #renew(): Promise<void> {
    const { nodes, jobs, onError } = this.#deps
    try {
      await nodes.renew()
    } catch (error) {
      if (!isRegistryError(error, 'LEASE_LOST')) throw error
      onError(error)
      // Before there is a new lease: nothing that still runs may take it for its own.
      jobs.cancelAll(leaseLost(nodes.leaseMs))
      await nodes.rejoin()
    }
    if (this.#patientUntil === Number.POSITIVE_INFINITY) this.#patientUntil = performance.now() + this.#everyMs
  }

  #retryAfter(error: unknown): number {
    // Reported once an outage.
    if (this.#patientUntil !== Number.POSITIVE_INFINITY) this.#deps.onError(error)
    this.#patientUntil = Number.POSITIVE_INFINITY
    return Math.min(this.#everyMs / retries, maxRetryMs)
  }
}
