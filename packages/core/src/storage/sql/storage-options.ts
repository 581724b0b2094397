// Apart from the drivers, so that the types of the package need none of theirs.

export interface SqliteStorageOptions {
  /** Path of the database file, or `:memory:`. A file that is not there is made, readable by its owner alone. */
  readonly path: string
  /** How long a write waits for another process that holds the lock, in ms; then it fails with STORAGE_UNAVAILABLE. @default 5_000 */
  readonly busyTimeoutMs?: number
}

/** What a pool of `pg` has, among others. */
export interface PgPool {
  readonly totalCount: number
  readonly idleCount: number
  connect(): Promise<unknown>
  end(): Promise<void>
}

export interface PostgresConnectionOptions {
  /** `postgres://user:password@host:port/database`; everything is kept in its schema `toolyard`. */
  readonly connectionString: string
  /** Connections at a time, beside the one that listens. @default 10 */
  readonly poolSize?: number
}

export interface PostgresPoolOptions {
  /**
   * A pool of `pg` for this storage alone, which has made no connection yet: their search path is set to the schema
   * `toolyard`. The caller that made it ends it, after the registry.
   */
  readonly pool: PgPool
}

export type PostgresStorageOptions = (PostgresConnectionOptions | PostgresPoolOptions) & {
  /** How long a connection may take, and a statement, in ms; then it fails with STORAGE_UNAVAILABLE. @default 10_000 */
  readonly timeoutMs?: number
}
