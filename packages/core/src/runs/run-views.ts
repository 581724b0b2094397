import type { RunId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { RunApproval } from '../model/approval-policy.ts'
import { isPaused } from '../model/events.ts'
import type { RunRecord } from '../model/job.ts'
import { type PauseRecord, settledFor } from '../model/pause.ts'
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
  /** The args of the runs among these that wait for an approval, in full. */
  pausedArgs(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, JsonObject>>
}

function toApproval({ requestedAt, decidedAt, ...decided }: RunApproval): ToolApproval {
  return { requestedAt: new Date(requestedAt), decidedAt: decidedAt === null ? null : new Date(decidedAt), ...decided }
}

/** Pauses that are read at a time. */
const pausesAtATime = 16

const nothingPending: ToolRun['pendingInput'] = []

/** What the run waits for still. */
function pendingOf(pause: PauseRecord): ToolRun['pendingInput'] {
  if (pause.kind !== 'INPUT' || settledFor(pause) !== undefined) return nothingPending
  const expiresAt = new Date(pause.expiresAt)
  return pause.requests.filter(({ key }) => !pause.answered.includes(key)).map((each) => ({ ...each, expiresAt }))
}

const toDate = (at: number | null) => (at === null ? null : new Date(at))

/** A run that is not paused, as callers see it. */
export function toToolRun(record: RunRecord): ToolRun {
  const { startedAt, finishedAt, approval, input } = record
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
    retriedFrom: record.retriedFrom,
    createdAt: new Date(record.createdAt),
    startedAt: toDate(startedAt),
    finishedAt: toDate(finishedAt),
    approval: approval ? toApproval(approval) : null,
    pendingInput: nothingPending,
    inputRound: input?.round ?? 0,
    durationMs: startedAt === null || finishedAt === null ? null : finishedAt - startedAt,
  }
}

export function createRunViews({ storage, pausedCalls, onError }: RunViewsDeps): RunViews {
  /** The args of a run that waits for an approval; the history has those of any other run. */
  async function sealedArgs(pause: PauseRecord): Promise<JsonObject | undefined> {
    if (pause.kind !== 'APPROVAL') return undefined
    try {
      return (await pausedCalls.open(pause)).args
    } catch (error) {
      onError(error)
      return undefined
    }
  }

  async function pausedArgs(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, JsonObject>> {
    const found = new Map<RunId, JsonObject>()
    for (const pause of await storage.pauses.getMany(runIds)) {
      const args = await sealedArgs(pause)
      if (args) found.set(pause.runId, args)
    }
    return found
  }

  async function viewer(records: readonly RunRecord[]): Promise<(record: RunRecord) => ToolRun> {
    const paused = records.filter(({ status }) => isPaused(status))
    if (paused.length === 0) return toToolRun
    const pending = new Map<RunId, ToolRun['pendingInput']>()
    // The args of a run that waits for an approval are sealed, and shown as they will be recorded.
    const sealed = new Map<RunId, JsonObject>()
    // Few at a time: a pause has more than is shown of it.
    for (let from = 0; from < paused.length; from += pausesAtATime) {
      const ids = paused.slice(from, from + pausesAtATime).map(({ id }) => id)
      for (const pause of await storage.pauses.getMany(ids)) {
        pending.set(pause.runId, pendingOf(pause))
        const args = await sealedArgs(pause)
        if (args) sealed.set(pause.runId, args)
      }
    }
    return (record) => {
      if (!isPaused(record.status)) return toToolRun(record)
      const args = sealed.get(record.id)
      const shown = toToolRun(args ? { ...record, args: recordedArgs(args, record.recorded.args) } : record)
      return record.status === 'INPUT_REQUIRED'
        ? { ...shown, pendingInput: pending.get(record.id) ?? nothingPending }
        : shown
    }
  }

  return {
    viewer,
    of: async (record) => (isPaused(record.status) ? (await viewer([record]))(record) : toToolRun(record)),
    pausedArgs,
  }
}
