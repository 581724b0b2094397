import type pg from 'pg'
import { slices } from '../../../base/slices.ts'
import type { SqlValue } from '../statement.ts'

/** A statement by its name, under which each connection prepares it once. */
export interface PipelinedStatement {
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** What failed, and the statement at fault; undefined where it was the commit. */
export class PipelineFault extends Error {
  override readonly name = 'PipelineFault'
  readonly statement: PipelinedStatement | undefined
  constructor(statement: PipelinedStatement | undefined, cause: Error) {
    super('A statement of the pipeline failed', { cause })
    this.statement = statement
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

/** Resolves once what was written is on its way, or can be no more. */
async function drained({ stream }: pg.Connection): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const settle = () => resolve()
  stream.once('drain', settle).once('close', settle)
  await promise
  stream.off('drain', settle).off('close', settle)
}

/**
 * Statements that are sent with one Sync behind them: PostgreSQL makes them one transaction, committed by the Sync and
 * undone by the first that fails, which those after it are skipped for (PostgreSQL, protocol flow, pipelining). Their rows
 * are not asked for.
 */
class Pipeline implements pg.Submittable {
  readonly #portions: Iterable<readonly PipelinedStatement[]>
  readonly #inSlices: boolean
  readonly #resolve: () => void
  readonly #reject: (fault: unknown) => void
  readonly #fresh: string[] = []
  #known: Map<string, 'PREPARED' | 'IN_DOUBT'> | undefined
  /** Sent and not answered, from `#next` on. */
  #sent: PipelinedStatement[] = []
  #next = 0
  #isOver = false
  /** What pg calls when it has waited for too long, and puts something around, which stops the wait. */
  callback: (error: Error | null) => void = (error) => this.#end(error)

  /** Unless it is sent in slices, there is one portion. */
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
        // What was sent must not be committed by itself.
        connection.stream.destroy()
        this.#isOver = true
        this.#reject(error)
      })
      return
    }
    // One packet, so that no pause of this process comes in between, and leaves others waiting for its locks.
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
    // Of a function without a value.
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
 * Rejects with PipelineFault; where the connection broke, it is unknown whether the transaction was committed. In
 * slices, portions are made and sent one after the other, and the event loop goes between them.
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
