import type { RunRecord } from '../../model/job.ts'
import type { IsDeadNode } from '../storage.ts'
import type { TenantWrite } from '../write.ts'
import { fromJson, type Json } from './json-column.ts'
import { completed, type LoggedRun, type RunLogEntry, withEntry } from './run-log-entry.ts'
import type { Appended, Flushing, RunLogMedium } from './run-log-medium.ts'
import type { LockedDatabase, SqliteConnection } from './sqlite/sqlite-connection.ts'
import type { Statement } from './statement.ts'
import { insertEvents } from './writes/event-writes.ts'
import { upsertRun } from './writes/job-writes.ts'

interface RunLogRow {
  readonly run_id: string
  readonly place: number
  readonly writes: Json<readonly TenantWrite[]>
}

/** The statements that write a run of the log to its tables. */
export function tableStatements({ tenantId, run, events, isWhole }: LoggedRun): readonly Statement[] {
  return [...upsertRun(tenantId, run), insertEvents(tenantId, run.id, events, isWhole)]
}

/** The error of a commit of the log with a key that is there already. */
export const onTakenKey = async ({ sql }: Statement) => new Error(`A key was taken twice by: ${sql}`)

/** Writes the runs to their tables, and removes their entries. Those without entries have been written by another process. */
function flushAll({ all, execute }: LockedDatabase, runs: ReadonlyMap<string, LoggedRun>): void {
  const entries = 'from run_journal where run_id = ? and place <= ?'
  for (const [id, run] of runs) {
    const key = [id, run.place]
    if (all(`select place ${entries} limit 1`, key).length === 0) continue
    execute([{ sql: `delete ${entries}`, rows: [key] }, ...tableStatements(run)])
  }
}

/**
 * Keeps each entry as a row of the table `run_journal`, in the database itself. Another process takes runs over one by one,
 * which their flush finds.
 */
class RunLogTable implements RunLogMedium {
  readonly isFull = false
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  async append({ id, place, text }: RunLogEntry, committed: () => void): Promise<Appended> {
    const sql = 'insert into run_journal (run_id, place, writes) values (?, ?, ?)'
    await this.#connection.transact([{ sql, rows: [[id, place, text]] }], undefined, onTakenKey)
    committed()
    return 'APPENDED'
  }

  flush({ take, putBack }: Flushing): Promise<void> {
    return this.#connection.exclusively((database) => flushAll(database, take().runs), putBack)
  }

  recover(isDead: IsDeadNode): Promise<void> {
    return this.#connection.exclusively((database) => flushAll(database, leftBehind(database, isDead)))
  }
}

function leftBehind({ all }: LockedDatabase, isDead: IsDeadNode): ReadonlyMap<string, LoggedRun> {
  const found = new Map<string, LoggedRun>()
  const nodes = new Map<string, RunRecord['ownerId']>()
  const sql = 'select run_id, place, writes from run_journal order by run_id, place'
  for (const { run_id: id, place, writes } of all<RunLogRow>(sql, [])) {
    const run = withEntry(found.get(id), fromJson(writes).map(completed), place)
    if (!run) continue
    found.set(id, run)
    // A run that has ended has no node any more: its first entry has the one that worked on it.
    if (!nodes.has(id)) nodes.set(id, run.run.ownerId)
  }
  return new Map([...found].filter(([id]) => isDead(nodes.get(id) ?? null)))
}

export function createRunLogTable(connection: SqliteConnection): RunLogTable {
  return new RunLogTable(connection)
}
