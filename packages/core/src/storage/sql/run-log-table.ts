import { isRegistryError, RegistryError } from '../../base/errors.ts'
import type { RunRecord } from '../../model/job.ts'
import type { IsDeadNode } from '../storage.ts'
import type { TenantWrite } from '../write.ts'
import type { SqlConnection } from './connection.ts'
import { fromJson, type Json } from './json-column.ts'
import { completed, type LoggedRun, type RunLogEntry, withEntry } from './run-log-entry.ts'
import type { Appended, RunLogMedium } from './run-log-medium.ts'
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

function removeEntries(id: string, place: number): Statement {
  return {
    sql: 'delete from run_journal where run_id = ? and place <= ?',
    rows: [[id, place]],
    // A run that another process has flushed already must not be written twice.
    unlessChanged: () => new RegistryError('NOT_FOUND', `The run ${id} is not in the write-ahead log`),
  }
}

/**
 * Keeps each entry as a row of the table `run_journal`, in the database itself. Another process takes runs over one by one,
 * which their flush finds.
 */
class RunLogTable implements RunLogMedium {
  readonly isFull = false
  readonly #connection: SqlConnection

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  async append({ id, place, text }: RunLogEntry, committed: () => void): Promise<Appended> {
    const sql = 'insert into run_journal (run_id, place, writes) values (?, ?, ?)'
    await this.#connection.transact([{ sql, rows: [[id, place, text]] }], undefined, onTakenKey)
    committed()
    return 'APPENDED'
  }

  async flush(runs: ReadonlyMap<string, LoggedRun>): Promise<void> {
    const statements = [...runs].flatMap(([id, run]) => [removeEntries(id, run.place), ...tableStatements(run)])
    try {
      await this.#connection.transact(statements, undefined, onTakenKey)
    } catch (error) {
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
      // Another process, which took this one for dead, has flushed some of them: their tables have them.
      if (runs.size > 1) for (const each of runs) await this.flush(new Map([each]))
    }
  }

  async recover(isDead: IsDeadNode): Promise<void> {
    const left = await this.#leftBehind(isDead)
    if (left.size > 0) await this.flush(left)
  }

  async #leftBehind(isDead: IsDeadNode): Promise<ReadonlyMap<string, LoggedRun>> {
    const sql = 'select run_id, place, writes from run_journal order by run_id, place'
    const found = new Map<string, LoggedRun>()
    const nodes = new Map<string, RunRecord['ownerId']>()
    for (const { run_id: id, place, writes } of await this.#connection.all<RunLogRow>(sql, [])) {
      const run = withEntry(found.get(id), fromJson(writes).map(completed), place)
      if (!run) continue
      found.set(id, run)
      // A run that has ended has no node any more: its first entry has the one that worked on it.
      if (!nodes.has(id)) nodes.set(id, run.run.ownerId)
    }
    return new Map([...found].filter(([id]) => isDead(nodes.get(id) ?? null)))
  }
}

export function createRunLogTable(connection: SqlConnection): RunLogTable {
  return new RunLogTable(connection)
}
