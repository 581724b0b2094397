import { isRegistryError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { EventBus } from '../events/bus.ts'
import { feedOf, type RunEvent, type ServerEvent } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { PauseRecord } from '../model/pause.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'

export interface PauseCommitsDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
}

export type PauseEvent = 'McpToolRunPaused' | 'McpToolRunResumed'

/** What is committed with the end of a pause. */
export interface PauseStep {
  readonly writes: readonly Write[]
  /** On the feed; undefined if the run waits on. */
  readonly type: PauseEvent | undefined
  /** For the log of the run. */
  readonly events: readonly RunEvent[]
  /** What the history has of the args from now on; undefined if it has them already. */
  readonly args?: JsonObject | undefined
}

/** The commits that begin and end pauses, each with its events. */
export interface PauseCommits {
  commit(run: RunRecord, step: Omit<PauseStep, 'args'>): Promise<void>
  /** Commits the end of this version of the pause; false if another write took it. */
  take(run: RunRecord, pause: Pick<PauseRecord, 'version'>, step: PauseStep): Promise<boolean>
  /** The write that tells the feed. */
  feedWrite(run: Pick<RunRecord, 'id' | 'serverId'>, type: PauseEvent): Write
  /** Wakes the readers of the feed and of the run's log. */
  notify(run: Pick<RunRecord, 'id'>): void
}

export function createPauseCommits({ storage, bus, maxFeedEvents }: PauseCommitsDeps): PauseCommits {
  function feedWrite({ id, serverId }: Pick<RunRecord, 'id' | 'serverId'>, type: PauseEvent): Write {
    const events: readonly ServerEvent[] = [{ type, serverId, runId: id }]
    return { kind: 'appendServerEvents', at: Date.now(), events, keep: maxFeedEvents }
  }

  function notify({ id }: Pick<RunRecord, 'id'>): void {
    bus.notify(id)
    bus.notify(feedOf(storage.tenantId))
  }

  async function commit(run: RunRecord, { writes, type, events }: Omit<PauseStep, 'args'>): Promise<void> {
    const at = Date.now()
    const logged: Write[] = events.length > 0 ? [{ kind: 'appendJobEvents', jobId: run.id, at, events }] : []
    await storage.commit([...writes, ...logged, ...(type ? [feedWrite(run, type)] : [])])
    notify(run)
  }

  return {
    commit,
    async take(run, { version }, { args, writes, ...step }) {
      const taken: Write = { kind: 'takePause', runId: run.id, version, args }
      const updated: Write = { kind: 'updateRun', run: args ? { ...run, args } : run }
      try {
        await commit(run, { ...step, writes: [taken, updated, ...writes] })
        return true
      } catch (error) {
        if (isRegistryError(error, 'REVISION_CONFLICT')) return false
        throw error
      }
    },
    feedWrite,
    notify,
  }
}
