import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { RegistryError } from '../../../base/errors.ts'
import type { NodeId } from '../../../base/ids.ts'
import { leaseLost } from '../../errors.ts'
import type { Statement } from '../statement.ts'
import { inDoubt, isConnectionLost, isRepeatable, leaseLostCode, unchangedCode } from './postgres-faults.ts'
import { type PipelinedStatement, PipelineFault, sendPipeline } from './postgres-pipeline.ts'
import { isQuery, prepared, type Query, queriesOf } from './postgres-queries.ts'
import { StepGroups } from './postgres-step-groups.ts'

/** Attempts at a commit that the database aborted in favour of another one. */
const maxTries = 5
/** Interval between attempts to ask for the outcome of a commit, in ms. */
const retryMs = 50

/** The first failure of a commit, and the given statement that failed, if it was one. */
class CommitFault extends Error {
  override readonly name = 'CommitFault'
  readonly of: Query['of'] | undefined
  constructor(of: Query['of'] | undefined, cause: unknown) {
    super('A statement of the commit failed', { cause })
    this.of = of
  }
}

/** The last commit of a connection, by which the outcome of a commit is found if its answer was lost. */
interface Mark {
  readonly slot: number
  number: number
}

const hold = prepared('select hold(?, ?, ?, ?, ?)')

/** The statements after the first: sent at once, or portion by portion. */
interface Sending {
  readonly portions: Iterable<readonly Query[]>
  /** Whether to yield to the event loop between portions. */
  readonly inSlices?: true
}

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

type OnUniqueViolation = (statement: Statement) => Promise<Error>

/** The error of a commit that was undone and is not repeated. */
async function commitError({ of, cause }: CommitFault, onUniqueViolation: OnUniqueViolation): Promise<unknown> {
  const code = codeOf(cause)
  if (code === leaseLostCode) return leaseLost(undefined, cause)
  if (code === unchangedCode && of?.statement.unlessChanged) return of.statement.unlessChanged(of.row)
  if (code === '23505' && of) return onUniqueViolation(of.statement)
  if (code !== '23503') return cause
  return new RegistryError('NOT_FOUND', 'The server of these tools was deleted meanwhile', { cause })
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof pg.DatabaseError ? cause.code : undefined
}

export interface PostgresCommits {
  /**
   * Commits the statements in one transaction, once, even if connections break. The outcome stays in doubt only if the
   * database cannot be asked for it. Under the lease of `node`, if it is given: LEASE_LOST if the node is not recorded.
   */
  commit(
    statements: readonly Statement[],
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void>
  /** As `commit`, in a transaction that other steps may share: no other commit waits for the rows of these statements. */
  commitStep(
    statements: readonly Statement[],
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void>
  /** As `commit`, for portions that are made in their turn; it yields to the event loop between them. */
  commitInPortions(
    portions: Iterable<readonly Statement[]>,
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void>
  /** Deletes its marks. */
  close(): Promise<void>
}

class PipelinedCommits implements PostgresCommits {
  readonly #pool: pg.Pool
  readonly #timeoutMs: number
  readonly #node = randomUUID()
  readonly #marks = new WeakMap<pg.PoolClient, Mark>()
  readonly #groups = new StepGroups((queries, node) => this.#commitTogether(queries, node))
  #slots = 0

  constructor(pool: pg.Pool, timeoutMs: number) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
  }

  commit(
    statements: readonly Statement[],
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void> {
    return this.#commit({ portions: [statements.flatMap(queriesOf)] }, node, onUniqueViolation)
  }

  commitStep(
    statements: readonly Statement[],
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void> {
    const queries = statements.flatMap(queriesOf)
    const alone = () => this.#commit({ portions: [queries] }, node, onUniqueViolation)
    return this.#groups.commit({ queries, node, alone })
  }

  commitInPortions(
    portions: Iterable<readonly Statement[]>,
    node: NodeId | undefined,
    onUniqueViolation: OnUniqueViolation,
  ): Promise<void> {
    const queries = {
      *[Symbol.iterator]() {
        for (const statements of portions) yield statements.flatMap(queriesOf)
      },
    }
    return this.#commit({ portions: queries, inSlices: true }, node, onUniqueViolation)
  }

  async close(): Promise<void> {
    await this.#pool.query('delete from commit_marks where node = $1', [this.#node])
  }

  async #commit(sending: Sending, node: NodeId | undefined, onUniqueViolation: OnUniqueViolation): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#attempt(sending, node)
      } catch (fault) {
        if (!(fault instanceof CommitFault)) throw fault
        // Two commits waited for each other: the database undid one, which is repeated.
        if (isRepeatable(codeOf(fault.cause)) && tries < maxTries) continue
        throw await commitError(fault, onUniqueViolation)
      }
    }
  }

  /** Answers false if a statement failed. */
  async #commitTogether(queries: readonly Query[], node: NodeId | undefined): Promise<boolean> {
    try {
      await this.#attempt({ portions: [queries] }, node)
      return true
    } catch (fault) {
      if (!(fault instanceof CommitFault)) throw fault
      if (isConnectionLost(fault.cause)) throw fault.cause
      return false
    }
  }

  async #attempt(sending: Sending, node: NodeId | undefined): Promise<void> {
    const client = await this.#pool.connect()
    const mark = this.#markOf(client)
    try {
      const values = [node ?? null, this.#node, mark.slot, mark.number, Date.now()]
      await send(client, { ...hold, values }, sending)
      mark.number += 1
      client.release()
    } catch (fault) {
      const isLost = !(fault instanceof CommitFault) || isConnectionLost(fault.cause)
      client.release(isLost)
      if (!(isLost && fault instanceof CommitFault)) throw fault
      await this.#assertCommitted(mark, fault)
    }
  }

  #markOf(client: pg.PoolClient): Mark {
    const mark = this.#marks.get(client) ?? { slot: this.#slots++, number: 0 }
    this.#marks.set(client, mark)
    return mark
  }

  async #assertCommitted(mark: Mark, lost: CommitFault): Promise<void> {
    const until = performance.now() + this.#timeoutMs
    for (;;) {
      try {
        if (await this.#wasCommitted(mark)) return
        throw lost
      } catch (error) {
        if (error === lost) throw lost
        if (performance.now() > until) throw inDoubt(error)
        await delay(retryMs)
      }
    }
  }

  /** Whether the transaction that leaves the mark was committed; if not, it never will be. */
  async #wasCommitted({ slot, number }: Mark): Promise<boolean> {
    const client = await this.#pool.connect()
    let broken = true
    try {
      await client.query('begin')
      const place = [this.#node, slot]
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
}

/**
 * A connection may break after the commit was sent and before its answer came. So each transaction leaves a mark in a row
 * of its connection alone. If the answer was lost, the mark is read on another connection. It waits until the lost
 * transaction has ended, and writes a mark that fails the lost one if it should still come.
 */
export function createPostgresCommits(pool: pg.Pool, timeoutMs: number): PostgresCommits {
  return new PipelinedCommits(pool, timeoutMs)
}
