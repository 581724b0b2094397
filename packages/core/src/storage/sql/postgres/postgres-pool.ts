import pg from 'pg'
import { invalidInput } from '../../../base/errors.ts'
import type { PostgresPoolOptions, PostgresStorageOptions } from '../storage-options.ts'

export interface PostgresPool {
  readonly pool: pg.Pool
  /** What a connection of its own is made with. */
  readonly clientOptions: pg.ClientConfig
  end(): Promise<void>
}

/** A node that is paused in the middle of a transaction must not keep others waiting for its locks for longer, in ms. */
const maxIdleInTransactionMs = 5_000

/**
 * A connection that breaks says so by an event, and an event that nobody hears ends the process: while it is idle the pool
 * hears it, while it is used nobody would. Its use fails by itself; the next one makes another.
 */
function hearErrors(pool: pg.Pool): void {
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
}

type PoolOptions = PostgresStorageOptions & { readonly timeoutMs: number }

/** The type of the option names what is needed of it, so that the types of this package need none of pg's. */
const poolOf = ({ pool }: PostgresPoolOptions) => pool as pg.Pool

/** What a connection of its own is made with. */
export function clientOptionsOf(options: PoolOptions): pg.ClientConfig {
  if ('pool' in options) {
    const { password } = poolOf(options).options
    // A pool hides its password from whoever copies its options.
    return { ...poolOf(options).options, ...(password === undefined ? {} : { password }) }
  }
  const { connectionString, timeoutMs } = options
  return {
    connectionString,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
    options: `-c search_path=toolyard -c idle_in_transaction_session_timeout=${Math.min(timeoutMs, maxIdleInTransactionMs)}`,
  }
}

/** INVALID_INPUT for a pool that is in use. */
export function openPool(options: PoolOptions): PostgresPool {
  if ('pool' in options) {
    const pool = poolOf(options)
    if (pool.totalCount > 0) {
      const message = `pool: expected one that has made no connection yet, got one with ${pool.totalCount}`
      throw invalidInput(['storage', 'pool'], message)
    }
    hearErrors(pool)
    const { onConnect } = pool.options
    pool.options.onConnect = async (client) => {
      await onConnect?.(client)
      await client.query(
        `set search_path to toolyard; set idle_in_transaction_session_timeout to ${maxIdleInTransactionMs}`,
      )
    }
    return { pool, clientOptions: clientOptionsOf(options), end: async () => undefined }
  }
  const clientOptions = clientOptionsOf(options)
  const pool = new pg.Pool({ ...clientOptions, max: options.poolSize ?? 10 })
  hearErrors(pool)
  return { pool, clientOptions, end: () => pool.end() }
}
