import type pg from 'pg'
import { slices } from '../../../base/slices.ts'
import type { SqlValue } from '../statement.ts'

/** A statement with the name under which each connection prepares it once. */
export interface PipelinedStatement {
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** A failure, and the statement that failed; undefined if the commit failed. */
export class PipelineFault extends Error {
  override readonly name = 'PipelineFault'
  readonly statement: PipelinedStatement | undefined
  constructor(statement: PipelinedStatement | undefined, cause: Error) {
    super('A statement of the pipeline failed', { cause })
    this.statement = statement
  }
}

/** Names that a connection has prepared. IN_DOUBT: it failed before the answer. */
const preparedOn = new WeakMap<pg.Connection, Map<string, 'PREPARED' | 'IN_DOUBT'>>()

function prepare(connection: pg.Connection, { name, text }: PipelinedStatement): boolean {
  const known = preparedOn.get(connection) ?? new Map<string, 'PREPARED' | 'IN_DOUBT'>()
  preparedOn.set(connection, known)
  const state = known.get(name)
  if (state === 'PREPARED') return false
  // Closing a name that was not prepared is no error.
  if (state === 'IN_DOUBT') connection.close({ type: 'S', name }, true)
  connection.parse({ name, text, types: [] }, true)
  known.set(name, 'PREPARED')
  return true
}

/** Resolves once the written data is sent, or the connection is closed. */
async function drained({ stream }: pg.Connection): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const settle = () => resolve()
  stream.once('drain', settle).once('close', settle)
  await promise
  stream.off('drain', settle).off('close', settle)
}

/**
 * Sends statements with one Sync after them. PostgreSQL executes them in one transaction, which the Sync commits. The first
 * failure undoes it, and the statements after it are skipped (PostgreSQL, protocol flow, pipelining). Rows are ignored.
 */
class Pipeline implements pg.Submittable {
  readonly #portions: Iterable<readonly PipelinedStatement[]>
  readonly #inSlices: boolean
  readonly #resolve: () => void
  readonly #reject: (fault: unknown) => void
  readonly #fresh: string[] = []
  #known: Map<string, 'PREPARED' | 'IN_DOUBT'> | undefined
  /** Sent statements, without answers from `#next` on. */
  #sent: PipelinedStatement[] = []
  #next = 0
  #isOver = false
  /** pg calls it at a timeout, and wraps it to stop the timer. */
  callback: (error: Error | null) => void = (error) => this.#end(error)

  /** Takes one portion, unless it is sent in slices. */
  constructor(
    portions: Iterable<readonly PipelinedStatement[]>,
    inSlices: boolean,
    resolve: () => void,
    reject: (fault: unknown) => void,
  ) {
    this.#portions = portions
    this.#inSlices = inSlices
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    if (this.#inSlices) {
      this.#sendInSlices(connection).catch((error: unknown) => {
        // The statements that were sent must not be committed alone.
        connection.stream.destroy()
        this.#isOver = true
        this.#reject(error)
      })
      return
    }
    // One packet: a pause of this process between two would leave other transactions waiting for its locks.
    connection.stream.cork()
    for (const portion of this.#portions) this.#send(connection, portion)
    connection.sync()
    connection.stream.uncork()
  }

  async #sendInSlices(connection: pg.Connection): Promise<void> {
    for (const portion of this.#portions) {
      connection.stream.cork()
      this.#send(connection, portion)
      connection.stream.uncork()
      await drained(connection)
      if (slices.isOver) await slices.soon()
      if (this.#isOver) break
    }
    connection.sync()
  }

  #send(connection: pg.Connection, statements: readonly PipelinedStatement[]): void {
    for (const statement of statements) {
      const { name, values } = statement
      if (prepare(connection, statement)) this.#fresh.push(name)
      connection.bind({ statement: name, values: values.map((value) => (value === null ? null : String(value))) }, true)
      connection.execute({}, true)
    }
    this.#sent = [...this.#sent.slice(this.#next), ...statements]
    this.#next = 0
    this.#known = preparedOn.get(connection)
  }

  handleCommandComplete(): void {
    this.#next += 1
  }

  handleError(error: Error): void {
    for (const name of this.#fresh) this.#known?.set(name, 'IN_DOUBT')
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleDataRow(): void {
    // The value of a function that returns none.
  }

  handleEmptyQuery(): void {
    this.#next += 1
  }

  #end(error: Error | null): void {
    this.#isOver = true
    if (error) this.#reject(new PipelineFault(this.#sent[this.#next], error))
    else this.#resolve()
  }
}

/**
 * Rejects with PipelineFault. If the connection broke, it is unknown whether the transaction was committed. In slices,
 * portions are made and sent one after the other, and it yields to the event loop between them.
 */
export function sendPipeline(
  client: pg.PoolClient,
  portions: Iterable<readonly PipelinedStatement[]>,
  inSlices = false,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.query(new Pipeline(portions, inSlices, resolve, reject))
  return promise
}
