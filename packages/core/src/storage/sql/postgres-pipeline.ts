import type pg from 'pg'
import type { SqlValue } from './statement.ts'

/** A statement by its name, under which each connection prepares it once. */
export interface PipelinedStatement {
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** What failed, and the place of the statement at fault; the count of the statements where it was the commit. */
export class PipelineFault extends Error {
  override readonly name = 'PipelineFault'
  readonly place: number
  constructor(place: number, cause: Error) {
    super('A statement of the pipeline failed', { cause })
    this.place = place
  }
}

/** Names that a connection has prepared; of those in doubt, a fault came before the answer. */
const preparedOn = new WeakMap<pg.Connection, Map<string, 'PREPARED' | 'IN_DOUBT'>>()

function prepare(connection: pg.Connection, { name, text }: PipelinedStatement): boolean {
  const known = preparedOn.get(connection) ?? new Map<string, 'PREPARED' | 'IN_DOUBT'>()
  preparedOn.set(connection, known)
  const state = known.get(name)
  if (state === 'PREPARED') return false
  // To close one that is not there is no error.
  if (state === 'IN_DOUBT') connection.close({ type: 'S', name }, true)
  connection.parse({ name, text, types: [] }, true)
  known.set(name, 'PREPARED')
  return true
}

/**
 * Statements that are sent at once with one Sync behind them: PostgreSQL makes them one transaction, committed by the Sync
 * and undone by the first that fails, which those after it are skipped for (PostgreSQL, protocol flow, pipelining). Their
 * rows are not asked for.
 */
class Pipeline implements pg.Submittable {
  readonly #statements: readonly PipelinedStatement[]
  readonly #resolve: () => void
  readonly #reject: (fault: PipelineFault) => void
  #fresh: readonly string[] = []
  #known: Map<string, 'PREPARED' | 'IN_DOUBT'> | undefined
  #done = 0
  /** What pg calls when it has waited for too long, and puts something around, which stops the wait. */
  callback: (error: Error | null) => void = (error) => this.#end(error)

  constructor(statements: readonly PipelinedStatement[], resolve: () => void, reject: (fault: PipelineFault) => void) {
    this.#statements = statements
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): void {
    // One packet, so that no pause of this process comes in between, and leaves others waiting for its locks.
    connection.stream.cork()
    const fresh: string[] = []
    for (const statement of this.#statements) {
      const { name, values } = statement
      if (prepare(connection, statement)) fresh.push(name)
      connection.bind({ statement: name, values: values.map((value) => (value === null ? null : String(value))) }, true)
      connection.execute({}, true)
    }
    connection.sync()
    connection.stream.uncork()
    this.#fresh = fresh
    this.#known = preparedOn.get(connection)
  }

  handleCommandComplete(): void {
    this.#done += 1
  }

  handleError(error: Error): void {
    for (const name of this.#fresh) this.#known?.set(name, 'IN_DOUBT')
    this.callback(error)
  }

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleDataRow(): void {
    // Of a function without a value.
  }

  handleEmptyQuery(): void {
    this.#done += 1
  }

  #end(error: Error | null): void {
    if (error) this.#reject(new PipelineFault(this.#done, error))
    else this.#resolve()
  }
}

/** Rejects with PipelineFault; where the connection broke, nobody knows whether the transaction was committed. */
export function sendPipeline(client: pg.PoolClient, statements: readonly PipelinedStatement[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.query(new Pipeline(statements, resolve, reject))
  return promise
}
