import pg from 'pg'
import { invalidInput } from '../../../base/errors.ts'
import type { PostgresPoolOptions, PostgresStorageOptions } from '../storage-options.ts'

export interface PostgresPool {
  readonly pool: pg.Pool
  /** The options of a connection beside the pool. */
  readonly clientOptions: pg.ClientConfig
  end(): Promise<void>
}

/** Longest pause within a transaction, in ms: a node that is paused must not keep other nodes waiting for its locks. */
const maxIdleInTransactionMs = 5_000

/**
 * Handles the error events of broken connections, which would end the process otherwise. The pool handles those of idle
 * connections alone. The use of a broken connection fails by itself, and the next use makes another.
 */
function handleErrors(pool: pg.Pool): void {
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
}

type PoolOptions = PostgresStorageOptions & { readonly timeoutMs: number }

/** The type of the option has only what is used, so that the types of this package do not need those of pg. */
const poolOf = ({ pool }: PostgresPoolOptions) => pool as pg.Pool

/** The options of a connection beside the pool. */
export function clientOptionsOf(options: PoolOptions): pg.ClientConfig {
  if ('pool' in options) {
    const { password } = poolOf(options).options
    // A pool makes its password non-enumerable, so that a copy of its options lacks it.
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

/** Throws INVALID_INPUT for a pool that is in use. */
export function openPool(options: PoolOptions): PostgresPool {
  if ('pool' in options) {
    const pool = poolOf(options)
    if (pool.totalCount > 0) {
      const message = `pool: expected one without connections, got one with ${pool.totalCount}`
      throw invalidInput(['storage', 'pool'], message)
    }
    handleErrors(pool)
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
  handleErrors(pool)
  return { pool, clientOptions, end: () => pool.end() }
}
