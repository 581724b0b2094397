import type { CanceledBy } from '../base/errors.ts'
import { isRegistryError, toJobError } from '../base/errors.ts'
import type { RunId, ServerId } from '../base/ids.ts'
import { cancelJob } from '../jobs/job-requests.ts'
import { canceled, type RunningJobs } from '../jobs/running-jobs.ts'
import type { InputRequest } from '../model/input-request.ts'
import type { RunRecord } from '../model/job.ts'
import { holderOf, type InputPause } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { currentCall } from './current-call.ts'
import { askedAbout, type PausedCalls } from './paused-call.ts'
import type { PrepareCall } from './prepare-call.ts'
import { expired, type PausedEnd, type PausedRun, type RunPauses } from './run-pauses.ts'

export interface EndPausesDeps {
  readonly storage: TenantStorage
  readonly pauses: RunPauses
  readonly pausedCalls: PausedCalls
  readonly prepare: PrepareCall
  readonly jobs: RunningJobs
  /** Has the time of a run that waits for input pass. */
  readonly expireInput: (found: PausedRun<InputPause>) => Promise<void>
  /** Accepts the request of this key, as its server says that it is done. */
  readonly acceptVisited: (found: PausedRun<InputPause>, key: string) => Promise<unknown>
  readonly onError: (error: unknown) => void
}

/** What the rest of the registry does with paused runs: their servers and tools change, and their time passes. */
export interface PausedRunControl {
  /** Cancels the paused runs of a server. Never rejects; `onError` receives what fails, and a decision finds it later. */
  cancelFor(serverId: ServerId, by: CanceledBy): Promise<void>
  /**
   * Ends the paused runs of a server that can no longer be made, and asks again about those whose tool has changed. Never
   * rejects, as `cancelFor`.
   */
  recheck(serverId: ServerId): Promise<void>
  /** A server says that a person has been where it wanted, before it takes calls again (MCP 2025-11-25). Never rejects. */
  visited(serverId: ServerId, elicitationId: string): Promise<void>
  /** Ends the run TIMED_OUT if its time has passed. */
  expire(runId: RunId): Promise<void>
  /** Cancels the run; undefined if it is not paused, or paused with its call open: that is cancelled as one that runs. */
  cancel(runId: RunId, by: CanceledBy, reason?: string): Promise<RunRecord | undefined>
}

export function createPausedRunControl(deps: EndPausesDeps): PausedRunControl {
  const { storage, pauses, pausedCalls, prepare, jobs, expireInput, acceptVisited, onError } = deps

  async function recheckOne(found: PausedRun): Promise<void> {
    const { pause } = found
    const current = await currentCall(prepare, found, await pausedCalls.open(pause))
    if ('end' in current) await end(found, current.end)
    else if (pause.kind === 'APPROVAL' && askedAbout(current.call).definitionDigest !== pause.definitionDigest)
      await pauses.askAgain(found.run, pause, current.call)
  }

  /** Ends a paused run; one with its call open by the node that has it. */
  async function end({ run, pause }: PausedRun, { error, ...ended }: PausedEnd): Promise<void> {
    if (holderOf(pause) === undefined) {
      await pauses.end(run, pause, { error, ...ended })
      return
    }
    const canceledBy = error.canceledBy ?? 'TOOL_UNAVAILABLE'
    await cancelJob({ storage, jobs, read: async () => run }, canceledBy)
  }

  async function eachOf(serverId: ServerId, work: (found: PausedRun) => Promise<unknown>): Promise<void> {
    try {
      for (const runId of await storage.pauses.runsOfServer(serverId)) {
        const found = await pauses.find(runId)
        if (found) await work(found).catch(report)
      }
    } catch (error) {
      report(error)
    }
  }

  function report(error: unknown): void {
    if (!isRegistryError(error, 'CLOSED')) onError(error)
  }

  return {
    cancelFor: (serverId, by) =>
      eachOf(serverId, (found) => end(found, { status: 'CANCELED', error: toJobError(canceled(by)) })),
    recheck: (serverId) => eachOf(serverId, recheckOne),
    visited: (serverId, elicitationId) =>
      eachOf(serverId, async ({ run, pause }) => {
        if (pause.kind !== 'INPUT') return
        const isMeant = (each: InputRequest) => each.kind === 'URL' && each.elicitationId === elicitationId
        const request = pause.requests.find((each) => isMeant(each) && !pause.answered.includes(each.key))
        if (request) await acceptVisited({ run, pause }, request.key)
      }),
    async expire(runId) {
      const found = await pauses.find(runId)
      if (!found) await pauses.forgetOrphan(runId)
      else if (found.pause.expiresAt > Date.now()) return
      else if (found.pause.kind === 'INPUT') await expireInput({ run: found.run, pause: found.pause })
      else await pauses.end(found.run, found.pause, expired(found))
    },
    async cancel(runId, by, reason) {
      const error = toJobError(canceled(by, reason))
      for (;;) {
        const found = await pauses.find(runId)
        if (!found || holderOf(found.pause) !== undefined) return undefined
        // Asked about again meanwhile, it is found again.
        const ended = await pauses.end(found.run, found.pause, { status: 'CANCELED', error })
        if (ended) return ended
      }
    },
  }
}
