import { isRegistryError, RegistryError } from '../../base/errors.ts'
import { defaultTenant, type TenantId } from '../../base/ids.ts'
import { hasEnded } from '../../model/events.ts'
import type { RunRecord } from '../../model/job.ts'
import type { IsDeadNode } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlDialect } from './dialect.ts'
import type { Statement } from './statement.ts'
import { insertEvents, type LoggedAt, statementsOf, upsertRun } from './writes.ts'

/** A run is not kept from other processes that read the database for longer than this, in ms. */
const flushAfterMs = 250
/**
 * Runs that have ended are set down so many turns of the event loop later: their callers have the answers by then, and the
 * servers are at work on what was asked next, so that nobody waits for it.
 */
const turnsToWait = 2
/** What is longer is written once, where it stays: copying it costs more than the commit that is saved. */
const maxEntryLength = 16_384

type AnyWrite = TenantWrite | SystemWrite

/** A run as its notes in the journal have it. */
interface LoggedRun {
  readonly tenantId: TenantId
  readonly run: RunRecord
  readonly events: readonly LoggedAt[]
  /** Of the last entry. */
  readonly place: number
  /** Whether all of its log is here. */
  readonly isWhole: boolean
}

/** What a commit comes to. */
export interface Plan {
  /** With the write that each one is of, where it is of one. */
  readonly statements: ReadonlyMap<Statement, AnyWrite | undefined>
  readonly committed: () => void
}

/**
 * Two commits of a run are waited for: that its call is about to be sent, and how it ended. Each is a single small row at
 * the end of a journal; the runs, with their indexes and events, are set down from it later, many in one transaction, or
 * when somebody reads them. So a run costs its caller little more than two appends, and is on disk all the same: what a
 * process that was killed left in the journal is set down by the next one.
 */
export interface RunWriteAheadLog {
  /** What to commit for these writes. Rejects with STORAGE_UNAVAILABLE. */
  plan(writes: readonly AnyWrite[]): Promise<Plan>
  /** Sets down the runs of these ids, those that have ended, or all. Rejects with STORAGE_UNAVAILABLE; they are in the journal still. */
  flush(which: readonly string[] | 'ENDED' | 'ALL'): Promise<void>
  /** Sets down what owners that are gone left in the journal. */
  recover(isDead: IsDeadNode): Promise<void>
  close(): Promise<void>
}

function entryOf(id: string, place: number, writes: readonly TenantWrite[]): Statement | undefined {
  const text = JSON.stringify(writes)
  if (text.length > maxEntryLength) return undefined
  return { sql: 'insert into run_journal (run_id, place, writes) values (?, ?, ?)', rows: [[id, place, text]] }
}

/** The job that a write is of. */
export function jobOf(write: AnyWrite): string | undefined {
  if (write.kind === 'insertRun' || write.kind === 'updateRun') return write.run.id
  return write.kind === 'appendJobEvents' ? write.jobId : undefined
}

/** The writes, where all of them are of one job. */
function ofOneJob(
  writes: readonly AnyWrite[],
): { readonly id: string; readonly writes: readonly TenantWrite[] } | undefined {
  const [first] = writes
  const id = first && jobOf(first)
  // What is of a job is a tenant's.
  return id !== undefined && writes.every((write) => jobOf(write) === id)
    ? { id, writes: writes as readonly TenantWrite[] }
    : undefined
}

/** What stands in the journal of a run once `writes`, which are of it alone, stand at `place`. */
function withEntry(
  before: LoggedRun | undefined,
  writes: readonly TenantWrite[],
  place: number,
): LoggedRun | undefined {
  let run = before?.run
  const tenantId = before?.tenantId ?? writes[0]?.tenantId
  let isWhole = before?.isWhole ?? false
  const events = [...(before?.events ?? [])]
  for (const write of writes) {
    if (write.kind === 'insertRun') isWhole = true
    if (write.kind === 'insertRun' || write.kind === 'updateRun') run = write.run
    else if (write.kind === 'appendJobEvents') for (const event of write.events) events.push({ at: write.at, event })
  }
  return run && tenantId && { tenantId, run, events, place, isWhole }
}

/** An entry of an earlier version has not all that a run has now. */
function completed(older: TenantWrite): TenantWrite {
  const write = { ...older, tenantId: older.tenantId ?? defaultTenant }
  if (write.kind !== 'insertRun' && write.kind !== 'updateRun') return write
  // What it says of itself is what this version wrote; of an earlier one's, less is there.
  const {
    ownerId = null,
    argsDigest = null,
    recorded = { args: 'KEEP', result: 'KEEP' },
    actor = null,
    traceId = null,
  }: Partial<RunRecord> = write.run
  return { ...write, run: { ...write.run, ownerId, argsDigest, recorded, actor, traceId } }
}

/** For a database in which a commit costs a round trip, whatever is in it: every write goes where it stays at once. */
export function withoutWriteAheadLog(dialect: SqlDialect): RunWriteAheadLog {
  return {
    plan: async (writes) => planOf(writes, dialect),
    flush: async () => undefined,
    recover: async () => undefined,
    close: async () => undefined,
  }
}

function planOf(writes: readonly AnyWrite[], dialect: SqlDialect): Plan {
  const statements = new Map<Statement, AnyWrite | undefined>()
  for (const each of writes) for (const statement of statementsOf(each, dialect)) statements.set(statement, each)
  return { statements, committed: () => undefined }
}

const isTakenOver = (error: unknown) => isRegistryError(error, 'NOT_FOUND')

export function createRunWriteAheadLog(connection: SqlConnection): RunWriteAheadLog {
  const runs = new Map<string, LoggedRun>()
  const flushing = new Map<string, Promise<void>>()
  let soon: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined

  /** The writes as an entry; undefined where they have to be written where they stay. */
  function asEntry(given: readonly AnyWrite[]): Plan | undefined {
    const ofJob = ofOneJob(given)
    if (!ofJob) return undefined
    const { id, writes } = ofJob
    const before = runs.get(id)
    const [first] = writes
    // A key must be found taken at once; what waits before it is sent may do so for long.
    const begins = first?.kind === 'insertRun' && first.run.status === 'RUNNING' && first.run.idempotencyKey === null
    if (!(before || begins)) return undefined
    const place = (before?.place ?? 0) + 1
    // An entry stands for itself: those before it may be set down, and gone, by the time that this one is.
    const isWithRun = writes.some(({ kind }) => kind === 'insertRun' || kind === 'updateRun')
    const whole =
      before && !isWithRun
        ? [{ kind: 'updateRun', tenantId: before.tenantId, run: before.run } as const, ...writes]
        : writes
    const entry = entryOf(id, place, whole)
    if (!entry) return undefined
    return {
      statements: new Map([[entry, first]]),
      committed() {
        const after = withEntry(runs.get(id), whole, place)
        if (after) runs.set(id, after)
        if (after && hasEnded(after.run.status)) soon ??= setImmediate(flushEndedIn, turnsToWait)
        else flushLater()
      },
    }
  }

  function flushInBackground(which: 'ENDED' | 'ALL'): void {
    // It is in the journal still, and tried again: whoever reads the runs is told.
    flush(which).catch(() => undefined)
  }

  function flushEndedIn(turns: number): void {
    if (turns > 0) soon = setImmediate(flushEndedIn, turns - 1)
    else flushInBackground('ENDED')
  }

  function flushLater(): void {
    timer ??= setTimeout(flushInBackground, flushAfterMs, 'ALL').unref()
  }

  function flushStatements(id: string, { tenantId, run, events, place, isWhole }: LoggedRun): Statement[] {
    const removeEntries: Statement = {
      sql: 'delete from run_journal where run_id = ? and place <= ?',
      rows: [[id, place]],
      // What another process has set down already must not be told twice.
      unlessChanged: () => new RegistryError('NOT_FOUND', `The run ${id} is not in the journal`),
    }
    return [removeEntries, upsertRun(tenantId, run), insertEvents(tenantId, run.id, events, isWhole)]
  }

  async function write(taken: ReadonlyMap<string, LoggedRun>): Promise<void> {
    const statements = [...taken].flatMap(([id, run]) => flushStatements(id, run))
    try {
      await connection.transact(statements, undefined, async ({ sql }) => new Error(`A key was taken twice by: ${sql}`))
    } catch (error) {
      if (isTakenOver(error)) return await writeEach(taken)
      for (const [id, run] of taken) {
        const later = runs.get(id)
        runs.set(id, later ? { ...later, events: [...run.events, ...later.events] } : run)
      }
      flushLater()
      throw error
    } finally {
      for (const id of taken.keys()) flushing.delete(id)
    }
  }

  /** Another process, which took this one for gone, has set down some of them: that is where they stand. */
  async function writeEach(taken: ReadonlyMap<string, LoggedRun>): Promise<void> {
    if (taken.size === 1) return
    for (const each of taken) await write(new Map([each]))
  }

  function wantedOf(which: readonly string[] | 'ENDED' | 'ALL'): readonly string[] {
    if (which === 'ALL') return [...runs.keys(), ...flushing.keys()]
    if (which !== 'ENDED') return which
    return [...runs].flatMap(([id, { run }]) => (hasEnded(run.status) ? id : []))
  }

  async function flush(which: readonly string[] | 'ENDED' | 'ALL'): Promise<void> {
    const wanted = wantedOf(which)
    if (which === 'ALL') {
      clearTimeout(timer)
      timer = undefined
    }
    if (which === 'ALL' || which === 'ENDED') {
      clearImmediate(soon)
      soon = undefined
    }
    const going = new Set<Promise<void>>()
    const taken = new Map<string, LoggedRun>()
    for (const id of wanted) {
      const earlier = flushing.get(id)
      if (earlier) going.add(earlier)
      const run = runs.get(id)
      if (!run) continue
      runs.delete(id)
      taken.set(id, run)
    }
    if (taken.size > 0) {
      const written = write(taken)
      for (const id of taken.keys()) flushing.set(id, written)
      going.add(written)
    }
    if (going.size > 0) await Promise.all(going)
  }

  async function leftBehind(isDead: IsDeadNode): Promise<ReadonlyMap<string, LoggedRun>> {
    const rows = await connection.all<{ run_id: string; place: number; writes: string }>(
      'select run_id, place, writes from run_journal order by run_id, place',
      [],
    )
    const found = new Map<string, LoggedRun>()
    const owners = new Map<string, RunRecord['ownerId']>()
    for (const { run_id: id, place, writes } of rows) {
      // Written by entryOf(), and by nothing else.
      const run = withEntry(found.get(id), (JSON.parse(writes) as TenantWrite[]).map(completed), place)
      if (!run) continue
      found.set(id, run)
      // A run that has ended has no owner any more: who wrote its first entry is who it was.
      if (!owners.has(id)) owners.set(id, run.run.ownerId)
    }
    return new Map([...found].filter(([id]) => isDead(owners.get(id) ?? null)))
  }

  return {
    flush,
    async plan(writes) {
      for (const each of writes) {
        const going = flushing.get(jobOf(each) ?? '')
        // Then it is down, or back in the journal.
        if (going) await going.catch(() => undefined)
      }
      const entry = asEntry(writes)
      if (entry) return entry
      const ids = runs.size > 0 ? writes.flatMap((each) => jobOf(each) ?? []) : []
      if (ids.length > 0) await flush(ids)
      return planOf(writes, connection.dialect)
    },
    async recover(isDead) {
      const left = await leftBehind(isDead)
      if (left.size > 0) await write(left)
    },
    async close() {
      await flush('ALL')
      clearTimeout(timer)
      clearImmediate(soon)
    },
  }
}
