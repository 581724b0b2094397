import type { NodeId } from '../../base/ids.ts'
import { changesCatalog } from '../catalog-writes.ts'
import { isLarge, portionsOf } from '../portions.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlDialect } from './dialect.ts'
import { entryPortions } from './entry-portions.ts'
import { type AnyWrite, neededIn } from './run-log-entry.ts'
import type { RunWriteAheadLog } from './run-write-ahead-log.ts'
import type { Statement } from './statement.ts'
import { takenKeyError } from './taken-key.ts'
import { insertEvents, type LoggedAt } from './writes/event-writes.ts'
import { statementsOf } from './writes/statements-of.ts'

type Append = Extract<AnyWrite, { readonly kind: 'appendJobEvents' }>

/** The statements of some writes, and which write a statement is of. */
function statementsOfAll(writes: readonly AnyWrite[], dialect: SqlDialect) {
  const statements = new Map<Statement, AnyWrite>()
  for (const each of writes) {
    if (each.kind === 'appendJobEvents') continue
    for (const statement of statementsOf(each, dialect)) statements.set(statement, each)
  }
  for (const [statement, each] of appendsOf(writes)) statements.set(statement, each)
  return { statements: [...statements.keys()], writeOf: (statement: Statement) => statements.get(statement) }
}

/** The appends to each log as one: a row holds many events. */
function* appendsOf(writes: readonly AnyWrite[]): Generator<readonly [Statement, AnyWrite]> {
  const logs = new Map<string, { readonly last: Append; readonly events: LoggedAt[] }>()
  for (const write of writes) {
    if (write.kind !== 'appendJobEvents') continue
    const { jobId, at } = write
    const events = logs.get(jobId)?.events ?? []
    for (const event of write.events) events.push({ at, event })
    logs.set(jobId, { last: write, events })
  }
  for (const { last, events } of logs.values()) yield [insertEvents(last.tenantId, last.jobId, events), last]
}

/** Whether the write is a step of a job. */
const isStep = ({ kind }: AnyWrite) => kind === 'insertRun' || kind === 'updateRun' || kind === 'appendJobEvents'

/** Whether the write changes only rows of its job: a key is unique among all runs. */
const isOfJobAlone = (write: AnyWrite) =>
  write.kind === 'appendJobEvents' ||
  ((write.kind === 'insertRun' || write.kind === 'updateRun') && write.run.idempotencyKey === null)

/** The answer to every step that the log takes at once. */
const committed = Promise.resolve()

/** The one way in which writes are committed. */
export class SqlCommits {
  readonly #connection: SqlConnection
  readonly #writeAheadLog: RunWriteAheadLog
  #catalogVersion = 0
  #lease: NodeId | undefined

  constructor(connection: SqlConnection, writeAheadLog: RunWriteAheadLog) {
    this.#connection = connection
    this.#writeAheadLog = writeAheadLog
  }

  /** Changes with each commit here that changes servers, tools or OAuth grants. */
  get catalogVersion(): number {
    return this.#catalogVersion
  }

  useLease(node: NodeId): void {
    this.#lease = node
  }

  /** `node`: the lease of the commit, if it is not that of `useLease`; null: none. */
  commit(writes: readonly AnyWrite[], node: NodeId | null = this.#lease ?? null): Promise<void> {
    return writes.every(isStep) ? this.#commitSteps(writes, node) : this.#commit(writes, node)
  }

  /** As `#commit`, which steps of jobs do not need: they change no catalog, delete nothing, and are small. */
  #commitSteps(writes: readonly AnyWrite[], node: NodeId | null): Promise<void> {
    let logged: boolean | Promise<boolean>
    try {
      logged = this.#writeAheadLog.commit(writes)
    } catch (error) {
      return Promise.reject(error)
    }
    if (logged === true) return committed
    if (logged === false) return this.#commitToTables(writes, node)
    return logged.then((isLogged) => (isLogged ? undefined : this.#commitToTables(writes, node)))
  }

  async #commit(writes: readonly AnyWrite[], node: NodeId | null): Promise<void> {
    const deletes = writes.some(({ kind }) => kind === 'deleteServer')
    const deletions = deletes ? await this.#deletionsOfEntries(writes) : []
    if (deletions.length > 0 || isLarge(writes)) await this.#commitInPortions(writes, node, deletions)
    else {
      const logged = this.#writeAheadLog.commit(writes)
      // Without a wait if it answers at once: commits keep their order.
      if (!(typeof logged === 'boolean' ? logged : await logged)) await this.#commitToTables(writes, node)
    }
    // Before the caller that waits for this commit goes on.
    if (changesCatalog(writes)) this.#catalogVersion += 1
  }

  async #commitToTables(writes: readonly AnyWrite[], node: NodeId | null): Promise<void> {
    const connection = this.#connection
    const { statements, writeOf } = statementsOfAll(writes, connection.dialect)
    // Pruning goes step by step, and must not end in one great checkpoint, for which all commits would wait.
    const isPruning = writes.some(({ kind }) => kind === 'deleteJobs' || kind === 'deleteAudit')
    if (isPruning) connection.checkpoints('SMALL')
    const notification = connection.notifyInCommit?.(writes)
    try {
      const all = notification ? [...statements, notification] : statements
      const onTakenKey = (statement: Statement) => takenKeyError(connection, writeOf(statement))
      const mayShare = writes.every(isOfJobAlone) ? 'MAY_SHARE' : undefined
      await connection.transact(all, node ?? undefined, onTakenKey, mayShare)
    } finally {
      if (isPruning) connection.checkpoints('FEW')
    }
    if (!notification) connection.notifyAfterCommit?.(writes)
  }

  /** Flushes the runs that the writes change first. */
  async #commitInPortions(
    writes: readonly AnyWrite[],
    node: NodeId | null,
    before: readonly Statement[],
  ): Promise<void> {
    const connection = this.#connection
    await this.#writeAheadLog.flush(neededIn(writes))
    const notification = connection.notifyInCommit?.(writes)
    const writeOf = new WeakMap<Statement, AnyWrite>()
    const portions = {
      *[Symbol.iterator]() {
        for (const statement of before) yield [statement]
        for (const write of portionsOf(writes)) {
          const statements = statementsOf(write, connection.dialect)
          for (const statement of statements) writeOf.set(statement, write)
          yield statements
        }
        if (notification) yield [notification]
      },
    }
    await connection.transactInPortions(portions, node ?? undefined, (statement) =>
      takenKeyError(connection, writeOf.get(statement)),
    )
    if (!notification) connection.notifyAfterCommit?.(writes)
  }

  /** Deletes the many entries of deleted servers in portions: the foreign keys would delete them in one piece. */
  async #deletionsOfEntries(writes: readonly AnyWrite[]): Promise<readonly Statement[]> {
    const statements: Statement[] = []
    for (const write of writes) {
      if (write.kind !== 'deleteServer') continue
      for (const table of ['tools', 'features'] as const) {
        // What was added since goes with the server.
        const portions = await entryPortions(this.#connection, table, write.tenantId, write.serverId)
        if (!portions) continue
        const sql = `delete from ${table} where ${portions.condition}`
        statements.push(...portions.rows.map((row) => ({ sql, rows: [row] })))
      }
    }
    const { before = [], after = [] } = this.#connection.dialect.aroundDeletes ?? {}
    if (statements.length === 0) return statements
    const alone = (sql: string): Statement => ({ sql, rows: [[]] })
    return [...before.map(alone), ...statements, ...after.map(alone)]
  }
}
