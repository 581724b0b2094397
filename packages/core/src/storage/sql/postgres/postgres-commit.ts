import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { RegistryError } from '../../../base/errors.ts'
import type { NodeId } from '../../../base/ids.ts'
import { leaseLost } from '../../errors.ts'
import type { SqlValue, Statement } from '../statement.ts'
import { inDoubt, isConnectionLost, isRepeatable, leaseLostCode, unchangedCode } from './postgres-faults.ts'
import { type PipelinedStatement, PipelineFault, sendPipeline } from './postgres-pipeline.ts'

/** A commit was undone for the sake of another one as often as that. */
const maxTries = 5
const retryMs = 50

interface Query extends PipelinedStatement {
  readonly of: { readonly statement: Statement; readonly row: readonly SqlValue[] }
}

const texts = new Map<string, { readonly name: string; readonly text: string }>()

/** Parameters are `?` in what is written for every dialect; no text has one that is none. Each text is prepared once a connection. */
export function prepared(text: string): { readonly name: string; readonly text: string } {
  const known = texts.get(text)
  if (known) return known
  let count = 0
  const numbered = text.replaceAll('?', () => `$${++count}`)
  const made = { name: createHash('sha256').update(numbered).digest('base64url').slice(0, 22), text: numbered }
  texts.set(text, made)
  return made
}

/** As it is encoded elsewhere: half a surrogate pair is no text, and no JSON of PostgreSQL's. */
function wellFormed(value: SqlValue | undefined): SqlValue | undefined {
  return typeof value === 'string' ? value.toWellFormed() : value
}

const plainRows = /^insert into (\w+) \(([\w, ]+)\) values \((\?, )*\?\)$/

/** Many rows of a table as one: they come as JSON, which the table's own columns give its types. */
function asSet({ sql, rows }: Statement): { readonly sql: string; readonly row: readonly SqlValue[] } | undefined {
  const [, table, list] = (rows.length > 1 && plainRows.exec(sql)) || []
  if (table === undefined || list === undefined) return undefined
  const columns = list.split(', ')
  const records = rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, wellFormed(row[index])])),
  )
  return {
    sql: `insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, ?)`,
    row: [JSON.stringify(records)],
  }
}

/** A row that changes nothing fails the transaction, there and then: nobody waits for the count of one before the next. */
function queriesOf(statement: Statement): readonly Query[] {
  const mustChange = `with changed as (${statement.sql} returning 1) select must_change((select count(*) from changed))`
  const query = prepared(statement.unlessChanged ? mustChange : statement.sql)
  const set = asSet(statement)
  if (set) return [{ ...prepared(set.sql), values: set.row, of: { statement, row: set.row } }]
  return statement.rows.map((row) => ({ ...query, values: row, of: { statement, row } }))
}

/** What failed first, where it was one of the given statements, and with what. */
class CommitFault extends Error {
  override readonly name = 'CommitFault'
  readonly of: Query['of'] | undefined
  constructor(of: Query['of'] | undefined, cause: unknown) {
    super('A statement of the commit failed', { cause })
    this.of = of
  }
}

/** The last commit of a connection, by which it is found out what became of one whose answer was lost. */
interface Mark {
  readonly slot: number
  number: number
}

const hold = prepared('select hold(?, ?, ?, ?, ?)')

/** What is sent behind the first statement: at once, or some at a time. */
interface Sending {
  readonly portions: Iterable<readonly Query[]>
  /** Whether the event loop goes on between portions. */
  readonly inSlices?: true
}

const isQuery = (statement: PipelinedStatement): statement is Query => 'of' in statement

async function send(client: pg.PoolClient, first: PipelinedStatement, { portions, inSlices }: Sending): Promise<void> {
  function* all() {
    yield [first]
    yield* portions
  }
  try {
    await sendPipeline(client, all(), inSlices)
  } catch (fault) {
    if (!(fault instanceof PipelineFault)) throw fault
    const { statement } = fault
    throw new CommitFault(statement && isQuery(statement) ? statement.of : undefined, fault.cause)
  }
}

export interface PostgresCommits {
  /**
   * Commits the statements in one transaction, once, whatever becomes of connections meanwhile: only where the database
   * cannot even be asked whether it was done does that stay in doubt. Under the lease of `owner`, if it is given: LEASE_LOST
   * where that is not recorded any more.
   */
  commit(
    statements: readonly Statement[],
    owner: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  /** As `commit`, of portions that are made when their turn comes; the event loop goes between two of them. */
  commitInPortions(
    portions: Iterable<readonly Statement[]>,
    owner: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  /** Forgets its marks. */
  close(): Promise<void>
}

/**
 * A connection may break after the commit was sent and before its answer came. So each transaction leaves a mark in a row
 * that belongs to its connection alone: whoever lost the answer looks at it on another connection, which waits until the
 * lost transaction has ended, and puts a mark there that lets it fail if it should come later still.
 */
export function createPostgresCommits(pool: pg.Pool, timeoutMs: number): PostgresCommits {
  const node = randomUUID()
  const marks = new WeakMap<pg.PoolClient, Mark>()
  let slots = 0

  function markOf(client: pg.PoolClient): Mark {
    const mark = marks.get(client) ?? { slot: slots++, number: 0 }
    marks.set(client, mark)
    return mark
  }

  /** Whether the transaction that leaves the mark was committed; if not, it never will be. */
  async function wasCommitted({ slot, number }: Mark): Promise<boolean> {
    const client = await pool.connect()
    let broken = true
    try {
      await client.query('begin')
      const place = [node, slot]
      await client.query(
        'insert into commit_marks (node, slot, number, at) values ($1, $2, 0, 0) on conflict do nothing',
        place,
      )
      const { rows } = await client.query<{ number: number }>(
        'select number::int from commit_marks where node = $1 and slot = $2 for update',
        place,
      )
      await client.query('update commit_marks set number = -1 where node = $1 and slot = $2', place)
      await client.query('commit')
      broken = false
      return rows[0]?.number === number + 1
    } finally {
      client.release(broken)
    }
  }

  async function assertCommitted(mark: Mark, lost: CommitFault): Promise<void> {
    const until = performance.now() + timeoutMs
    for (;;) {
      try {
        if (await wasCommitted(mark)) return
        throw lost
      } catch (error) {
        if (error === lost) throw lost
        if (performance.now() > until) throw inDoubt(error)
        await delay(retryMs)
      }
    }
  }

  async function attempt(sending: Sending, owner: NodeId | undefined): Promise<void> {
    const client = await pool.connect()
    const mark = markOf(client)
    try {
      await send(client, { ...hold, values: [owner ?? null, node, mark.slot, mark.number, Date.now()] }, sending)
      mark.number += 1
      client.release()
    } catch (fault) {
      const isLost = !(fault instanceof CommitFault) || isConnectionLost(fault.cause)
      client.release(isLost)
      if (!(isLost && fault instanceof CommitFault)) throw fault
      await assertCommitted(mark, fault)
    }
  }

  async function commit(
    sending: Sending,
    owner: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(sending, owner)
      } catch (fault) {
        if (!(fault instanceof CommitFault)) throw fault
        const { of, cause } = fault
        const code = cause instanceof pg.DatabaseError ? cause.code : undefined
        // Two that wait for each other: one was undone, and is repeated.
        if (isRepeatable(code) && tries < maxTries) continue
        if (code === leaseLostCode) throw leaseLost(cause)
        if (code === unchangedCode && of?.statement.unlessChanged) throw of.statement.unlessChanged(of.row)
        if (code === '23505' && of) throw await onUniqueViolation(of.statement)
        if (code === '23503')
          throw new RegistryError('NOT_FOUND', 'The server of these tools was deleted meanwhile', { cause })
        throw cause
      }
    }
  }

  return {
    commit: (statements, owner, onUniqueViolation) =>
      commit({ portions: [statements.flatMap(queriesOf)] }, owner, onUniqueViolation),
    commitInPortions: (portions, owner, onUniqueViolation) => {
      const queries = {
        *[Symbol.iterator]() {
          for (const statements of portions) yield statements.flatMap(queriesOf)
        },
      }
      return commit({ portions: queries, inSlices: true }, owner, onUniqueViolation)
    },
    async close() {
      await pool.query('delete from commit_marks where node = $1', [node])
    },
  }
}
