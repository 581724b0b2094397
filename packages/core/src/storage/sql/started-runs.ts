import { hasEnded } from '../../events/events.ts'
import type { JobId, RunId } from '../../ids.ts'
import type { Write } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { type Statement, statementsOf, upsertRun } from './writes.ts'

/** A run that others may want to see is not kept from them for longer than this, in ms. */
const setDownAfterMs = 250

type Beginning = readonly [Extract<Write, { kind: 'insertRun' }>, ...Extract<Write, { kind: 'appendJobEvents' }>[]]

/** What a commit comes to. */
export interface Plan {
  /** With the write that each one is of, where it is of one. */
  readonly statements: ReadonlyMap<Statement, Write | undefined>
  readonly committed: () => void
  readonly failed: () => void
}

/**
 * Most runs begin and end before anybody looks at them. So one that begins is noted in a single small row, which is all
 * that its call has to wait for, and set down among the runs, with their indexes and events, when it ends, or before
 * somebody reads them. A note that outlives its process is set down when the database is opened again.
 */
export interface StartedRuns {
  plan(writes: readonly Write[]): Plan
  /** Sets down, at once, all that are only noted. */
  setDown(): void
  /** Sets down what an earlier process left behind. */
  recover(): Promise<void>
  close(): void
}

function beginningOf(writes: readonly Write[]): Beginning | undefined {
  const [first, ...others] = writes
  if (first?.kind !== 'insertRun' || first.run.status !== 'RUNNING' || first.run.idempotencyKey !== null)
    return undefined
  const events: Extract<Write, { kind: 'appendJobEvents' }>[] = []
  for (const write of others) {
    if (write.kind !== 'appendJobEvents' || write.jobId !== first.run.id) return undefined
    events.push(write)
  }
  return [first, ...events]
}

function jobOf(write: Write): JobId | undefined {
  if (write.kind === 'updateRun') return write.run.id
  return write.kind === 'appendJobEvents' ? write.jobId : undefined
}

const note = (run: RunId, beginning: Beginning): Statement => ({
  sql: 'insert into started_runs (id, writes) values (?, ?)',
  rows: [[run, JSON.stringify(beginning)]],
})
const removeNote = (run: JobId): Statement => ({ sql: 'delete from started_runs where id = ?', rows: [[run]] })

export function createStartedRuns(connection: SqlConnection): StartedRuns {
  const noted = new Map<JobId, Beginning>()
  let timer: NodeJS.Timeout | undefined

  function begin(beginning: Beginning): Plan {
    const { run } = beginning[0]
    return {
      statements: new Map([[note(run.id, beginning), undefined]]),
      committed() {
        noted.set(run.id, beginning)
        timer ??= setTimeout(setDown, setDownAfterMs).unref()
      },
      failed: () => undefined,
    }
  }

  /** Takes those out that are touched, and puts what stands in their notes before what is written now. */
  function carryOn(writes: readonly Write[]): Plan {
    const statements = new Map<Statement, Write | undefined>()
    const taken = new Map<JobId, Beginning>()
    for (const write of writes) {
      const id = jobOf(write)
      const beginning = id === undefined ? undefined : noted.get(id)
      if (id === undefined || !beginning) continue
      noted.delete(id)
      taken.set(id, beginning)
      statements.set(removeNote(id), undefined)
      const [inserted, ...events] = beginning
      // One that ends is inserted once, as it ends.
      const ends = writes.some((each) => each.kind === 'updateRun' && each.run.id === id && hasEnded(each.run.status))
      for (const each of ends ? events : [inserted, ...events]) {
        for (const statement of statementsOf(each)) statements.set(statement, each)
      }
    }
    for (const write of writes) {
      const isEnd = write.kind === 'updateRun' && taken.has(write.run.id) && hasEnded(write.run.status)
      for (const statement of isEnd ? [upsertRun(write.run)] : statementsOf(write)) statements.set(statement, write)
    }
    return {
      statements,
      committed: () => undefined,
      failed() {
        for (const [id, beginning] of taken) noted.set(id, beginning)
      },
    }
  }

  function setDown(): void {
    clearTimeout(timer)
    timer = undefined
    if (noted.size === 0) return
    const all = new Map(noted)
    noted.clear()
    const statements = [...all].flatMap(([id, [{ run }, ...events]]) => [
      removeNote(id),
      // Another process that opened the database may have set it down already.
      upsertRun(run),
      ...events.flatMap(statementsOf),
    ])
    connection
      .transact(statements, 'END_OF_TURN', async () => new Error('A run was set down twice'))
      .catch(() => {
        // They are noted in the database still, and tried again with the next.
        for (const [id, beginning] of all) noted.set(id, beginning)
      })
    // At once: what is written of these runs next must not come before it.
    connection.settle()
  }

  return {
    setDown,
    plan(writes) {
      const beginning = beginningOf(writes)
      return beginning ? begin(beginning) : carryOn(writes)
    },
    async recover() {
      const rows = await connection.all<{ id: JobId; writes: string }>('select id, writes from started_runs', [])
      // Written by note(), and by nothing else.
      for (const { id, writes } of rows) noted.set(id, JSON.parse(writes) as Beginning)
      setDown()
    },
    close: () => clearTimeout(timer),
  }
}
