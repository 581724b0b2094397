import type { EventBus } from '../events/bus.ts'
import { forgetCancelRequests } from '../jobs/cancel-requests.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import type { Storage } from '../storage/storage.ts'
import type { Owners } from './nodes.ts'
import { type ForgettingParts, forgetOld } from './prune-history.ts'
import { settleOwnDoubts } from './recovery.ts'
import { prune, type RetentionParts } from './retention.ts'

const everyMs = 60_000

/**
 * Once a minute: settles jobs that came to be in doubt, and prunes the history, removed tools and the audit, unless an older registry does.
 * Answers the function that stops it, which resolves when nothing goes on any more.
 */
export function startHousekeeping(
  parts: RetentionParts &
    ForgettingParts & {
      readonly storage: Storage
      readonly bus: EventBus
      readonly owners: Owners
      readonly jobs: RunningJobs
      readonly onError: (error: unknown) => void
    },
): () => Promise<void> {
  const stopping = new AbortController()
  let going: Promise<void> = Promise.resolve()

  async function keepHouse(): Promise<void> {
    await settleOwnDoubts(parts.storage, parts.owners, parts.jobs)
    // One is enough.
    if (!(await parts.owners.gone()).isOldest) return
    await forgetCancelRequests(parts.storage)
    await prune(parts, stopping.signal)
    await forgetOld(parts, stopping.signal)
  }

  let timer = setTimeout(work, 0).unref()
  function work(): void {
    going = keepHouse()
      .catch(parts.onError)
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
