import type { Kysely } from 'kysely'
import type { NodeId, TenantId } from '../../base/ids.ts'
import type { ReadLimit } from '../../model/filters.ts'
import { BackgroundIndex } from '../background-index.ts'
import { changesIndex } from '../catalog-writes.ts'
import type { Storage } from '../storage.ts'
import type { SystemWrite, TenantWrite, Write } from '../write.ts'
import type { SqlConnection } from './connection.ts'
import { SearchIndex } from './indexing/search-index.ts'
import { createCrossTenantReads } from './reads/cross-tenant-reads.ts'
import { createDefinitionCache } from './reads/definition-cache.ts'
import { createTenantReads } from './reads/tenant-reads.ts'
import { fromChildRow, fromNodeRow, fromSecretKeyRow } from './rows/system-rows.ts'
import type { RunWriteAheadLog } from './run-write-ahead-log.ts'
import type { ChildRow, Database, SecretKeyRow, StoredNodeRow } from './schema.ts'
import { SqlCommits } from './sql-commits.ts'

/** The connection as one tenant reads over it: in its turn, if tenants share few connections. */
function connectionOf(connection: SqlConnection, tenantId: TenantId): SqlConnection {
  const { inTurn } = connection
  if (!inTurn) return connection
  return { ...connection, all: (...query) => inTurn(tenantId, () => connection.all(...query)) }
}

/** The steps of runs, most writes by far, member by member: a copy of so many kinds takes several times as long. */
function ofTenant(write: Write, tenantId: TenantId): TenantWrite {
  switch (write.kind) {
    case 'insertRun':
    case 'updateRun':
      return { kind: write.kind, run: write.run, tenantId }
    case 'appendJobEvents':
      return { kind: write.kind, jobId: write.jobId, at: write.at, events: write.events, tenantId }
    default:
      return { ...write, tenantId }
  }
}

/** The reads of what belongs to no tenant. */
function systemReads({ all, dialect }: SqlConnection): Pick<Storage, 'children' | 'nodes' | 'secretKeys'> {
  return {
    children: {
      ofHost: async (host) => (await all<ChildRow>('select * from children where host = ?', [host])).map(fromChildRow),
    },
    nodes: async () =>
      (await all<StoredNodeRow>(`select *, expires_at - ${dialect.now} as lapses_in from owners`, [])).map(fromNodeRow),
    secretKeys: async () =>
      (await all<SecretKeyRow>('select * from secret_keys order by created_at, id', [])).map(fromSecretKeyRow),
  }
}

/** The storage over any SQL database. Closing it closes the connection, and Kysely with it. */
export function openSqlStorage(
  db: Kysely<Database>,
  connection: SqlConnection,
  writeAheadLog: RunWriteAheadLog,
): Storage {
  const { inTurn } = connection
  const commits = new SqlCommits(connection, writeAheadLog)
  let limit: ReadLimit | undefined
  let index: BackgroundIndex | undefined

  function commit(writes: readonly (TenantWrite | SystemWrite)[], node?: NodeId | null): Promise<void> {
    const committed = commits.commit(writes, node)
    return index && changesIndex(writes) ? committed.then(() => index?.expect()) : committed
  }

  const searchIndex = new SearchIndex()
  const readDeps = { db, writeAheadLog, searchIndex, definitionOf: createDefinitionCache(), readLimit: () => limit }

  return {
    tenant: (tenantId) => ({
      tenantId,
      ...createTenantReads({ ...readDeps, connection: connectionOf(connection, tenantId) }, tenantId),
      catalogVersion() {
        const remote = connection.remoteCatalog()
        return remote === undefined ? undefined : `${commits.catalogVersion} ${remote}`
      },
      commit: (writes, node) => {
        const own = writes.map((write) => ofTenant(write, tenantId))
        return inTurn ? inTurn(tenantId, () => commit(own, node)) : commit(own, node)
      },
    }),
    crossTenant: createCrossTenantReads(connection, writeAheadLog),
    ...systemReads(connection),
    remoteVersion: () => connection.remoteVersion(),
    ...(connection.onChange ? { onChange: connection.onChange } : {}),
    commit,
    ownership: connection.ownership,
    useLease: (node) => commits.useLease(node),
    limitReads(wanted) {
      limit = wanted
    },
    purgePlaintext: () => connection.purgePlaintext(),
    recover: (isDead, onDamage) => writeAheadLog.recover(isDead, onDamage),
    indexInBackground(onError) {
      const started = new BackgroundIndex(() => searchIndex.build(connection), onError)
      index = started
      return async () => {
        index = undefined
        await started.close()
      }
    },
    async close() {
      try {
        await writeAheadLog.close()
      } finally {
        await connection.close()
      }
    },
  }
}
