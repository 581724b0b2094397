import type { Kysely } from 'kysely'
import { RegistryError } from '../../base/errors.ts'
import type { NodeId, RefreshId, RunId, ServerId, TenantId } from '../../base/ids.ts'
import type { ReadLimit } from '../../model/filters.ts'
import { changesCatalog } from '../catalog-writes.ts'
import { refreshTaken } from '../errors.ts'
import { isLarge, portionsOf } from '../portions.ts'
import type { Storage } from '../storage.ts'
import type { SystemWrite, TenantWrite } from '../write.ts'
import type { SqlConnection } from './connection.ts'
import { createCrossTenantReads } from './cross-tenant-reads.ts'
import { createDefinitionCache } from './definition-cache.ts'
import { fromChildRow, fromNodeRow, fromSecretKeyRow } from './rows.ts'
import { jobOf, type RunWriteAheadLog } from './run-write-ahead-log.ts'
import type { ChildRow, Database, SecretKeyRow, StoredNodeRow } from './schema.ts'
import type { Statement } from './statement.ts'
import { createTenantReads } from './tenant-reads.ts'
import { toolPortions } from './tool-portions.ts'
import { statementsOf } from './writes.ts'

type AnyWrite = TenantWrite | SystemWrite

/** The storage over any SQL database. Closing it closes the connection, and Kysely with it. */
export function openSqlStorage(
  db: Kysely<Database>,
  connection: SqlConnection,
  writeAheadLog: RunWriteAheadLog,
): Storage {
  const { now } = connection.dialect
  const { inTurn = (_, work) => work() } = connection
  let readLimit: ReadLimit | undefined
  const readDeps = { db, connection, writeAheadLog, definitionOf: createDefinitionCache(), readLimit: () => readLimit }

  async function holder<Id extends string>(table: string, column: string, tenant: string, value: string) {
    const sql = `select id from ${table} where tenant = ? and ${column} = ?`
    const [row] = await connection.all<{ id: string }>(sql, [tenant, value])
    // The caller names a table whose ids are of this kind.
    return row?.id as Id | undefined
  }

  /** The error that tells who has the name or key: found by asking, as the driver does not say. */
  async function taken(write: TenantWrite | SystemWrite | undefined): Promise<Error> {
    if (write?.kind === 'insertServer' || write?.kind === 'updateServer') {
      const { name } = write.server
      const serverId = await holder<ServerId>('servers', 'name', write.tenantId, name)
      const message = `The name "${name}" is taken by the server ${serverId ?? '(deleted meanwhile)'}`
      return new RegistryError('NAME_TAKEN', message, { path: ['name'], details: serverId ? { serverId } : {} })
    }
    if (write?.kind === 'insertRun' || write?.kind === 'updateRun') {
      const jobId = await holder<RunId>('runs', 'idempotency_key', write.tenantId, write.run.idempotencyKey ?? '')
      const message = `The idempotency key belongs to the run ${jobId ?? '(pruned meanwhile)'}`
      return new RegistryError('IDEMPOTENCY_CONFLICT', message, {
        path: ['idempotencyKey'],
        details: jobId ? { jobId } : {},
      })
    }
    if (write?.kind === 'insertRefresh') {
      const { serverId } = write.refresh
      const unfinished = "status in ('QUEUED', 'RUNNING') and server_id"
      const jobId = await holder<RefreshId>('refreshes', unfinished, write.tenantId, serverId)
      return refreshTaken(serverId, jobId)
    }
    return new RegistryError('INTERNAL', `A key was taken twice by the write ${write?.kind}`)
  }

  let ownVersion = 0
  let lease: NodeId | undefined
  /** Removes the many tools of servers that are deleted, which the server would take along in one piece. */
  async function toolsOfDeleted(writes: readonly AnyWrite[]): Promise<readonly Statement[]> {
    const statements: Statement[] = []
    for (const write of writes) {
      if (write.kind !== 'deleteServer') continue
      const portions = await toolPortions(connection, write.tenantId, write.serverId)
      if (!portions) continue
      const sql = `delete from tools where ${portions.condition}`
      statements.push(...portions.rows.map((row) => ({ sql, rows: [row] })))
    }
    const [before, after] = connection.dialect.aroundDeletes ?? []
    if (statements.length > 0 && before && after) {
      return [{ sql: before, rows: [[]] }, ...statements, { sql: after, rows: [[]] }]
    }
    return statements
  }

  /** After the runs among the jobs that are written to have been set down. */
  async function commitInPortions(
    writes: readonly AnyWrite[],
    owner: NodeId | null | undefined,
    before: readonly Statement[],
  ): Promise<void> {
    await writeAheadLog.flush(writes.flatMap((each) => jobOf(each) ?? []))
    const notifyInCommit = connection.notifyInCommit?.(writes)
    const writeOf = new WeakMap<Statement, AnyWrite>()
    const portions = {
      *[Symbol.iterator]() {
        for (const statement of before) yield [statement]
        for (const write of portionsOf(writes)) {
          const statements = statementsOf(write, connection.dialect)
          for (const statement of statements) writeOf.set(statement, write)
          yield statements
        }
        if (notifyInCommit) yield [notifyInCommit]
      },
    }
    await connection.transactInPortions(portions, owner ?? undefined, (statement) => taken(writeOf.get(statement)))
    if (!notifyInCommit) connection.notifyAfterCommit?.(writes)
    if (changesCatalog(writes)) ownVersion += 1
  }

  const commit: Storage['commit'] = async (writes, owner = lease) => {
    const goingTools = await toolsOfDeleted(writes)
    if (goingTools.length > 0 || isLarge(writes)) return await commitInPortions(writes, owner, goingTools)
    const { statements, committed } = await writeAheadLog.plan(writes)
    // What is pruned step by step must not come due in one great portion, for which everybody waits.
    const isPruning = writes.some(({ kind }) => kind === 'deleteJobs' || kind === 'deleteAudit')
    if (isPruning) connection.checkpoints('SMALL')
    const notifyInCommit = connection.notifyInCommit?.(writes)
    try {
      const all = notifyInCommit ? [...statements.keys(), notifyInCommit] : [...statements.keys()]
      await connection.transact(all, owner ?? undefined, (statement) => taken(statements.get(statement)))
    } finally {
      if (isPruning) connection.checkpoints('FEW')
    }
    committed()
    if (!notifyInCommit) connection.notifyAfterCommit?.(writes)
    // Before whoever waits for this commit goes on.
    if (changesCatalog(writes)) ownVersion += 1
  }

  function connectionOf(tenantId: TenantId): SqlConnection {
    const { inTurn: wait } = connection
    if (!wait) return connection
    return { ...connection, all: (...query) => wait(tenantId, () => connection.all(...query)) }
  }

  return {
    tenant: (tenantId) => ({
      tenantId,
      ...createTenantReads({ ...readDeps, connection: connectionOf(tenantId) }, tenantId),
      catalogVersion() {
        const foreign = connection.remoteCatalog()
        return foreign === undefined ? undefined : `${ownVersion} ${foreign}`
      },
      commit: (writes, owner) => {
        const ofTenant = writes.map((write) => ({ ...write, tenantId }))
        return inTurn(tenantId, () => commit(ofTenant, owner))
      },
    }),
    crossTenant: createCrossTenantReads(connection, writeAheadLog),
    children: {
      ofHost: async (host) =>
        (await connection.all<ChildRow>('select * from children where host = ?', [host])).map(fromChildRow),
    },
    remoteVersion: () => connection.remoteVersion(),
    ...(connection.onChange ? { onChange: connection.onChange } : {}),
    commit,
    ownership: connection.ownership,
    useLease(owner) {
      lease = owner
    },
    limitReads(limit) {
      readLimit = limit
    },
    nodes: async () =>
      (await connection.all<StoredNodeRow>(`select *, expires_at - ${now} as lapses_in from owners`, [])).map(
        fromNodeRow,
      ),
    secretKeys: async () =>
      (await connection.all<SecretKeyRow>('select * from secret_keys order by created_at, id', [])).map(
        fromSecretKeyRow,
      ),
    purgePlaintext: () => connection.purgePlaintext(),
    recover: (isDead) => writeAheadLog.recover(isDead),
    async close() {
      try {
        await writeAheadLog.close()
      } finally {
        await connection.close()
      }
    },
  }
}
