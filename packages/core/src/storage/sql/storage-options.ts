// Apart from the drivers, so that the types of this package do not need theirs.

export interface SqliteStorageOptions {
  /** Path of the database file, or `:memory:`. A missing file is created, readable by its owner alone. */
  readonly path: string
  /** Longest wait of a write for the lock of another process, in ms; then it fails with STORAGE_UNAVAILABLE. @default 5_000 */
  readonly busyTimeoutMs?: number
}

/** The part of a pool of `pg` that is used. */
export interface PgPool {
  readonly totalCount: number
  readonly idleCount: number
  connect(): Promise<unknown>
  end(): Promise<void>
}

export interface PostgresConnectionOptions {
  /** `postgres://user:password@host:port/database`; everything is kept in its schema `toolyard`. */
  readonly connectionString: string
  /** Most connections at a time, beside the one that listens. @default 10 */
  readonly poolSize?: number
}

export interface PostgresPoolOptions {
  /**
   * A pool of `pg` for this storage alone, without connections yet: their search path is set to the schema `toolyard`. The
   * caller ends it, after the registry.
   */
  readonly pool: PgPool
}

export type PostgresStorageOptions = (PostgresConnectionOptions | PostgresPoolOptions) & {
  /** Deadline of a connection attempt, and of a statement, in ms; then it fails with STORAGE_UNAVAILABLE. @default 10_000 */
  readonly timeoutMs?: number
}
