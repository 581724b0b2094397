import { defaultTenant, type NodeId, type TenantId } from '../../base/ids.ts'
import type { RunRecord } from '../../model/job.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { LoggedAt } from './writes/event-writes.ts'

/** Characters of the longest entry. Longer writes go to their tables: a second copy costs more than the commit it saves. */
const maxEntryLength = 16_384

export type AnyWrite = TenantWrite | SystemWrite

/** A run as its entries in the write-ahead log have it. */
export interface LoggedRun {
  readonly tenantId: TenantId
  readonly run: RunRecord
  readonly events: readonly LoggedAt[]
  /** The place of its last entry. */
  readonly place: number
  /** Whether all of the run's events are here. */
  readonly isWhole: boolean
}

/** One step of a run, as it is kept. */
export interface RunLogEntry {
  readonly id: string
  readonly place: number
  /** The writes as JSON. */
  readonly text: string
  /** The node that works on the run. */
  readonly node: NodeId | null
  /** Whether this run alone is under way, so that waiting for the entries of other runs gains nothing. */
  readonly isAlone: boolean
}

/** The text of an entry; undefined if it is too long. */
export function entryText(writes: readonly TenantWrite[]): string | undefined {
  const text = JSON.stringify(writes.map(shortened))
  return text.length > maxEntryLength ? undefined : text
}

/** The write without what {@link completed} adds: most entries then fit into a page of the log beside others. */
function shortened(write: TenantWrite): object {
  if (write.kind !== 'insertRun' && write.kind !== 'updateRun') return write
  const { kind, tenantId, run } = write
  const { recorded } = run
  // Member by member: a copy with some of them replaced takes several times as long.
  const kept = {
    serverId: run.serverId,
    serverName: run.serverName,
    toolId: run.toolId,
    toolName: run.toolName,
    args: run.args,
    recorded: recorded.args === 'KEEP' && recorded.result === 'KEEP' ? undefined : recorded,
    id: run.id,
    status: run.status,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    error: run.error,
    metadata: run.metadata,
    idempotencyKey: run.idempotencyKey,
    argsDigest: run.argsDigest ?? undefined,
    result: run.result,
    ownerId: run.ownerId ?? undefined,
    actor: run.actor ?? undefined,
    traceId: run.traceId ?? undefined,
    retriedFrom: run.retriedFrom ?? undefined,
    approval: run.approval,
    input: run.input,
  } satisfies Record<keyof RunRecord, unknown>
  return { kind, run: kept, tenantId }
}

/** The id of the run, or other job, that a write changes. */
export function jobOf(write: AnyWrite): string | undefined {
  if (write.kind === 'insertRun' || write.kind === 'updateRun') return write.run.id
  return write.kind === 'appendJobEvents' ? write.jobId : undefined
}

/** The ids of the runs, and other jobs, that writes to the tables need there. */
export function neededIn(writes: readonly AnyWrite[]): readonly string[] | 'ALL' {
  const ids: string[] = []
  for (const each of writes) {
    if (each.kind === 'endAbandonedJobs' || each.kind === 'disownJobs') return 'ALL'
    if (each.kind === 'deleteJobs') ids.push(...each.ids)
    const id = jobOf(each)
    if (id !== undefined) ids.push(id)
  }
  return ids
}

/** The writes, if all of them change one job. */
export function ofOneJob(
  writes: readonly AnyWrite[],
): { readonly id: string; readonly writes: readonly TenantWrite[] } | undefined {
  const [first] = writes
  const id = first && jobOf(first)
  if (id === undefined) return undefined
  for (const write of writes) if (jobOf(write) !== id) return undefined
  // Only a tenant's writes change a job.
  return { id, writes: writes as readonly TenantWrite[] }
}

/** The run after another entry with `writes` at `place`. */
export function withEntry(
  before: LoggedRun | undefined,
  writes: readonly TenantWrite[],
  place: number,
): LoggedRun | undefined {
  let run = before?.run
  const tenantId = before?.tenantId ?? writes[0]?.tenantId
  let isWhole = before?.isWhole ?? false
  const events = before ? [...before.events] : []
  for (const write of writes) {
    if (write.kind === 'insertRun') isWhole = true
    if (write.kind === 'insertRun' || write.kind === 'updateRun') run = write.run
    else if (write.kind === 'appendJobEvents') for (const event of write.events) events.push({ at: write.at, event })
  }
  return run && tenantId && { tenantId, run, events, place, isWhole }
}

/** Adds what an entry leaves out: what {@link shortened} did, and what runs did not have when an earlier version wrote it. */
export function completed(older: TenantWrite): TenantWrite {
  const write = { ...older, tenantId: older.tenantId ?? defaultTenant }
  if (write.kind !== 'insertRun' && write.kind !== 'updateRun') return write
  // The type says what a run has; an entry may have less.
  const {
    ownerId = null,
    argsDigest = null,
    recorded = { args: 'KEEP', result: 'KEEP' },
    actor = null,
    traceId = null,
    retriedFrom = null,
  }: Partial<RunRecord> = write.run
  return { ...write, run: { ...write.run, ownerId, argsDigest, recorded, actor, traceId, retriedFrom } }
}
