import { isRegistryError, RegistryError } from '../../base/errors.ts'
import type { NodeId } from '../../base/ids.ts'
import type { Storage } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlDialect } from './dialect.ts'
import type { InTurn } from './postgres/tenant-turns.ts'
import type { SqlValue, Statement } from './statement.ts'

/** The driver of a SQL storage, beside Kysely: rows by prepared statements, and whole commits. */
export interface SqlConnection {
  readonly dialect: SqlDialect
  readonly ownership: Storage['ownership']
  /** As `Storage.remoteVersion`. */
  remoteVersion(): number | undefined
  /** Changes whenever another connection may have changed servers, tools or OAuth grants; undefined if that is unknown. */
  remoteCatalog(): number | undefined
  /** Makes checkpoints seldom, or often and in small portions. */
  checkpoints(how: 'FEW' | 'SMALL'): void
  /**
   * Rejects with STORAGE_UNAVAILABLE. `PLAN_ANEW`: the best plan depends on the parameters so much that it is worth a new
   * one each time.
   */
  all<Row>(sql: string, parameters: readonly SqlValue[], plan?: 'PLAN_ANEW'): Promise<readonly Row[]>
  /**
   * Executes the statements in one transaction, after those of earlier calls. Rejects with a statement's `unlessChanged`,
   * with the error of `onUniqueViolation` for a statement whose key is taken, and with STORAGE_UNAVAILABLE. With ownership
   * by lease it rejects with LEASE_LOST unless `node` is recorded. `MAY_SHARE`: no other commit waits for the rows of these
   * statements, so that the transaction may be that of others too.
   */
  transact(
    statements: readonly Statement[],
    node: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
    mayShare?: 'MAY_SHARE',
  ): Promise<void>
  /**
   * As `transact`, for large commits: it yields to the event loop between portions, while they are made and while they are
   * executed. A repeated attempt iterates over all portions again.
   */
  transactInPortions(
    portions: Iterable<readonly Statement[]>,
    node: NodeId | undefined,
    onUniqueViolation: (statement: Statement) => Promise<Error>,
  ): Promise<void>
  /** Present if all tenants share few connections. */
  readonly inTurn?: InTurn
  /** The statement that notifies other nodes, to commit with the writes. */
  readonly notifyInCommit?: (writes: readonly (TenantWrite | SystemWrite)[]) => Statement | undefined
  /** Notifies other nodes of committed writes for which `notifyInCommit` returned nothing. */
  readonly notifyAfterCommit?: (writes: readonly (TenantWrite | SystemWrite)[]) => void
  readonly onChange?: Storage['onChange']
  /** As `Storage.purgePlaintext`. */
  purgePlaintext(): Promise<void>
  close(): Promise<void>
}

const closed = (cause?: unknown) => new RegistryError('CLOSED', 'The registry is closed', { cause })

/** Makes the connection reject with CLOSED once it is closed: work that waited for its turn may still read. */
export function untilClosed<Connection extends SqlConnection>(connection: Connection): Connection {
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
