import { isRegistryError, RegistryError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Storage } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlDialect } from './dialect.ts'
import type { InTurn } from './postgres/tenant-turns.ts'
import type { SqlValue, Statement } from './statement.ts'

/** What the SQL storage needs of a driver beside Kysely: rows by prepared statements, and whole commits. */
export interface SqlConnection {
  readonly dialect: SqlDialect
  readonly ownership: Storage['ownership']
  /** As that of the storage. */
  remoteVersion(): number | undefined
  /** Changes whenever another connection may have changed servers or tools; undefined where nobody can tell. */
  remoteCatalog(): number | undefined
  /** Whether what was written is moved to its place seldom, or often and in small portions. */
  checkpoints(how: 'FEW' | 'SMALL'): void
  /**
   * Rejects with STORAGE_UNAVAILABLE. `PLAN_ANEW`: the best way to the rows is another one for other parameters, by so much
   * that it is worth to be looked for each time.
   */
  all<Row>(sql: string, parameters: readonly SqlValue[], plan?: 'PLAN_ANEW'): Promise<readonly Row[]>
  /**
   * Executes the statements in one transaction, after those that were given before. Rejects with a statement's
   * `unlessChanged`, with what `onUniqueViolation` makes of the statement that found its key taken, and with
   * STORAGE_UNAVAILABLE; where ownership is by lease, with LEASE_LOST unless `owner` is recorded.
   */
  transact(
    statements: readonly Statement[],
    owner: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  /**
   * As `transact`, for much that is written: it lets the event loop go between two portions, while they are made and while
   * they are executed. A second try, where there is one, asks for all portions again.
   */
  transactInPortions(
    portions: Iterable<readonly Statement[]>,
    owner: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  /** For a storage that has few connections, which all tenants share. */
  readonly inTurn?: InTurn
  /** To be committed with the writes, so that other nodes hear of them. */
  readonly notifyInCommit?: (writes: readonly (TenantWrite | SystemWrite)[]) => Statement | undefined
  /** As soon as writes for which `notifyInCommit` has nothing are committed. */
  readonly notifyAfterCommit?: (writes: readonly (TenantWrite | SystemWrite)[]) => void
  readonly onChange?: Storage['onChange']
  /** As that of the storage. */
  purgePlaintext(): Promise<void>
  close(): Promise<void>
}

const closed = (cause?: unknown) => new RegistryError('CLOSED', 'The registry is closed', { cause })

/** The connection, which rejects with CLOSED once it is closed: work that waited for its turn may still ask for rows. */
export function untilClosed(connection: SqlConnection): SqlConnection {
  let state: 'OPEN' | 'CLOSING' | 'CLOSED' = 'OPEN'
  const orClosed = (error: unknown) => {
    throw state === 'OPEN' || isRegistryError(error) ? error : closed(error)
  }
  const whileOpen =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    (...args: Args): Promise<Answer> =>
      state === 'CLOSED' ? Promise.reject(closed()) : ask(...args).catch(orClosed)
  const version =
    <Version>(read: () => Version) =>
    (): Version => {
      if (state === 'CLOSED') throw closed()
      return read()
    }
  return {
    ...connection,
    remoteVersion: version(connection.remoteVersion),
    remoteCatalog: version(connection.remoteCatalog),
    all: <Row>(...asked: Parameters<SqlConnection['all']>) =>
      state === 'CLOSED' ? Promise.reject(closed()) : connection.all<Row>(...asked).catch(orClosed),
    transact: whileOpen(connection.transact),
    transactInPortions: whileOpen(connection.transactInPortions),
    purgePlaintext: whileOpen(connection.purgePlaintext),
    async close() {
      state = 'CLOSING'
      await connection.close()
      state = 'CLOSED'
    },
  }
}
