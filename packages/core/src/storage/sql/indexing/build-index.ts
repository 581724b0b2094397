import { RegistryError } from '../../../base/errors.ts'
import type { ServerId, TenantId } from '../../../base/ids.ts'
import { slices } from '../../../base/slices.ts'
import type { SqlConnection } from '../connection.ts'
import { entryPortions } from '../entry-portions.ts'
import type { EntryTable } from '../schema.ts'
import type { Statement } from '../statement.ts'
import { markServers, marksOf, staleMarksOf } from './index-marks.ts'
import { IndexPortion } from './index-portion.ts'
import { lackingEntries } from './lacking-entries.ts'

/** BACKGROUND: without what another node is at. SEARCH: all, as a caller waits. */
export type IndexUse = 'BACKGROUND' | 'SEARCH'

/** Entries of one transaction, and characters of their words: some ms. Larger transactions take as long for each entry. */
const entriesAtOnce = 128
const charsAtOnce = 64 * 1024

const serversAtOnce = 100
/** Rounds over the same marks after which they are left to the other nodes that hold them. */
const maxIdleRounds = 10

interface MarkedServer {
  readonly server_id: ServerId
  /** 1 if the index has earlier words of its entries. */
  readonly is_stale: number
}

/** Some of the marked servers. In the background, nodes begin at different ones. */
async function markedServers(
  { all }: SqlConnection,
  table: EntryTable,
  tenantId: TenantId,
  use: IndexUse,
): Promise<readonly MarkedServer[]> {
  const marked = (marks: string, isStale: number) =>
    `select server_id, ${isStale} as is_stale from ${marks} where tenant = ?`
  const sql = `select server_id, max(is_stale) as is_stale
    from (${marked(staleMarksOf[table], 1)} union all ${marked(marksOf[table], 0)}) as marked
    group by server_id order by server_id limit ${serversAtOnce}`
  const servers = await all<MarkedServer>(sql, [tenantId, tenantId])
  const start = use === 'SEARCH' ? 0 : Math.floor(Math.random() * servers.length)
  return [...servers.slice(start), ...servers.slice(0, start)]
}

/** Removes all entries of a server from the index, which has earlier words of them, and marks it as without. */
async function removeStale(
  connection: SqlConnection,
  table: EntryTable,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<void> {
  const { remove } = connection.dialect.indexing[table]
  const row = [tenantId, serverId]
  const begin: readonly Statement[] = [
    { sql: `delete from ${staleMarksOf[table]} where tenant = ? and server_id = ?`, rows: [row] },
    markServers(table, tenantId, [serverId]),
  ]
  // A mark has no key that can be taken.
  const taken = async () => new RegistryError('INTERNAL', `The index of ${serverId} is changed twice`)
  const portions = await entryPortions(connection, table, tenantId, serverId)
  const removals = (condition: string, rows: Statement['rows']) => remove(condition).map((sql) => ({ sql, rows }))
  if (!portions) {
    const all = removals(`${table}.tenant = ? and ${table}.server_id = ?`, [row])
    await connection.transact([...begin, ...all], undefined, taken)
    return
  }
  const { condition, rows, added } = portions
  const each = rows.map((some) => removals(condition, [some]))
  await connection.transactInPortions([begin, ...each, removals(added.condition, [added.row])], undefined, taken)
}

/** Adds what the index lacks of some servers, and yields after each transaction. */
async function* addEntries(
  connection: SqlConnection,
  table: EntryTable,
  tenantId: TenantId,
  servers: readonly ServerId[],
  use: IndexUse,
): AsyncGenerator<void> {
  const other = use === 'SEARCH' ? 'WAIT' : 'SKIP'
  const portion = new IndexPortion(connection, table, tenantId)
  for (const serverId of servers) {
    for await (const page of lackingEntries(connection, table, tenantId, serverId)) {
      for (const entry of page) {
        portion.add(serverId, entry)
        if (portion.length < entriesAtOnce && portion.chars < charsAtOnce) continue
        await portion.commit(other)
        yield
      }
      if (use === 'SEARCH' && slices.isOver) await slices.next()
    }
    portion.complete(serverId)
  }
  await portion.commit(other)
  yield
}

/** Brings the index of a table up to date with all commits, and yields after each transaction. */
export async function* buildIndex(
  connection: SqlConnection,
  table: EntryTable,
  tenantId: TenantId,
  use: IndexUse,
): AsyncGenerator<void> {
  let before = ''
  for (let idle = 0; idle < maxIdleRounds; ) {
    const servers = await markedServers(connection, table, tenantId, use)
    if (servers.length === 0) return
    // Regardless of which one is first: the order is another one each time.
    const now = JSON.stringify(servers.toSorted((a, b) => (a.server_id < b.server_id ? -1 : 1)))
    idle = now === before ? idle + 1 : 0
    before = now
    if (idle > 0 && use === 'BACKGROUND') return
    for (const { server_id, is_stale } of servers) {
      if (Number(is_stale) === 0) continue
      await removeStale(connection, table, tenantId, server_id)
      yield
    }
    const serverIds = servers.map(({ server_id }) => server_id)
    yield* addEntries(connection, table, tenantId, serverIds, use)
  }
}
