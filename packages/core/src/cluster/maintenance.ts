import type { EventBus } from '../events/bus.ts'
import { forgetCancelRequests } from '../jobs/cancel-requests.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Storage } from '../storage/storage.ts'
import type { Nodes } from './nodes.ts'
import { type PruneDeps, pruneExpired } from './prune-history.ts'
import { recoverOwnUncertainJobs } from './recovery.ts'
import { pruneJobs, type RetentionDeps } from './retention.ts'

const everyMs = 60_000

/**
 * Once a minute: settles jobs that came to be in doubt, and prunes the history, removed tools and the audit, unless an older registry does.
 * Answers the function that stops it, which resolves when nothing goes on any more.
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
    // One is enough.
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
