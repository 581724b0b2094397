import type { EventBus } from '../events/bus.ts'
import { forgetCancelRequests } from '../jobs/job-requests.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Storage } from '../storage/storage.ts'
import type { Nodes } from './nodes.ts'
import { type PruneDeps, pruneExpired } from './prune-history.ts'
import { recoverOwnUncertainJobs } from './recovery.ts'
import { pruneJobs, type RetentionDeps } from './retention.ts'

/** Interval between two rounds, in ms. */
const everyMs = 60_000

/**
 * Once a minute, recovers this node's uncertain jobs. On the leader, it also prunes the history, removed tools and the audit.
 * Answers the function that stops it, which resolves once nothing is under way.
 */
export function startMaintenance(
  deps: RetentionDeps &
    PruneDeps & {
      readonly storage: Storage
      readonly bus: EventBus
      readonly nodes: Nodes
      readonly jobs: RunningJobs
      readonly onError: (error: unknown) => void
    },
): () => Promise<void> {
  const stopping = new AbortController()
  let going: Promise<void> = Promise.resolve()

  async function maintain(): Promise<void> {
    await recoverOwnUncertainJobs(deps.storage, deps.nodes, deps.jobs)
    // The leader alone prunes.
    if (!(await deps.nodes.deadNodes()).isLeader) return
    await forgetCancelRequests(deps.storage)
    await pruneJobs(deps, stopping.signal)
    await pruneExpired(deps, stopping.signal)
  }

  let timer = setTimeout(work, 0).unref()
  function work(): void {
    going = maintain()
      .catch(deps.onError)
      .finally(() => {
        if (!stopping.signal.aborted) timer = setTimeout(work, everyMs).unref()
      })
  }

  return async () => {
    stopping.abort()
    clearTimeout(timer)
    await going
  }
}
