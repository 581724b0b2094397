import type { RunId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { RunApproval } from '../model/approval-policy.ts'
import { isPaused } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolApproval, ToolRun } from './api.ts'
import type { PausedCalls } from './paused-call.ts'
import { recordedArgs } from './record-policy.ts'

export interface RunViewsDeps {
  readonly storage: TenantStorage
  readonly pausedCalls: PausedCalls
  /** Receives the failure to read the args of a paused run, which is shown without them. */
  readonly onError: (error: unknown) => void
}

/** Runs as callers see them. */
export interface RunViews {
  /** Answers the function that presents each of the records. */
  viewer(records: readonly RunRecord[]): Promise<(record: RunRecord) => ToolRun>
  of(record: RunRecord): Promise<ToolRun>
  /** The args of the paused runs among these, in full. */
  pausedArgs(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, JsonObject>>
}

function toApproval({ requestedAt, decidedAt, ...decided }: RunApproval): ToolApproval {
  return { requestedAt: new Date(requestedAt), decidedAt: decidedAt === null ? null : new Date(decidedAt), ...decided }
}

const toDate = (at: number | null) => (at === null ? null : new Date(at))

/** A run that is not paused, as callers see it. */
export function toToolRun(record: RunRecord): ToolRun {
  const { startedAt, finishedAt, approval } = record
  // Member by member: to leave some out of a copy takes ten times as long.
  return {
    id: record.id,
    serverId: record.serverId,
    serverName: record.serverName,
    toolId: record.toolId,
    toolName: record.toolName,
    status: record.status,
    args: record.args,
    metadata: record.metadata,
    result: record.result,
    error: record.error,
    actor: record.actor,
    recorded: record.recorded,
    traceId: record.traceId,
    createdAt: new Date(record.createdAt),
    startedAt: toDate(startedAt),
    finishedAt: toDate(finishedAt),
    approval: approval ? toApproval(approval) : null,
    durationMs: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
  }
}

export function createRunViews({ storage, pausedCalls, onError }: RunViewsDeps): RunViews {
  async function pausedArgs(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, JsonObject>> {
    const found = new Map<RunId, JsonObject>()
    for (const pause of await storage.pauses.getMany(runIds)) {
      try {
        found.set(pause.runId, (await pausedCalls.open(pause)).args)
      } catch (error) {
        onError(error)
      }
    }
    return found
  }

  async function viewer(records: readonly RunRecord[]): Promise<(record: RunRecord) => ToolRun> {
    const paused = records.filter(({ status }) => isPaused(status))
    if (paused.length === 0) return toToolRun
    // The args of a paused run are sealed, and shown as they will be recorded.
    const sealed = await pausedArgs(paused.map(({ id }) => id))
    return (record) => {
      const args = sealed.get(record.id)
      return toToolRun(args ? { ...record, args: recordedArgs(args, record.recorded.args) } : record)
    }
  }

  return {
    viewer,
    of: async (record) => (isPaused(record.status) ? (await viewer([record]))(record) : toToolRun(record)),
    pausedArgs,
  }
}
