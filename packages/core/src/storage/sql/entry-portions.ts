import type { ServerId, TenantId } from '../../base/ids.ts'
import { slices } from '../../base/slices.ts'
import type { SqlConnection } from './connection.ts'
import type { EntryTable } from './schema.ts'
import type { SqlValue } from './statement.ts'

/** Entries of a server that are read at a time. */
const pageLength = 1_000
/** Weight of a portion, which takes a few ms: one for each entry, and one for each page of its definitions. */
const portionWeight = 100
/** Portions from which it is worth to process them one by one. */
const leastPortions = 5

/** A statement's condition and its parameters, once for each portion. */
export interface EntryPortions {
  readonly condition: string
  readonly rows: readonly (readonly SqlValue[])[]
  /** The same for entries that were added since. */
  readonly added: { readonly condition: string; readonly row: readonly SqlValue[] }
}

/** The number of an entry's row, and the columns of an index. In the order of names rows are read much as they lie. */
const columns = {
  tools: {
    number: 'doc',
    key: ['name'],
    size: 'octet_length(definition) + ifnull(octet_length(pending_definition), 0)',
  },
  features: { number: 'rowid', key: ['kind', 'name', 'id'], size: 'octet_length(definition)' },
} as const

interface Entry {
  readonly number: number
  readonly weight: number
}

async function entriesOf(
  { all }: Pick<SqlConnection, 'all'>,
  table: EntryTable,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<readonly Entry[]> {
  const { number, key, size } = columns[table]
  const names = key.join(', ')
  const page = `select ${number} as number, 1 + (${size}) / 4096 as weight, ${names} from ${table}
    where tenant = ? and server_id = ? and (${names}) > (${key.map(() => '?').join(', ')}) order by ${names} limit ?`
  const entries: Entry[] = []
  for (let after = key.map(() => ''); ; ) {
    const rows = await all<Entry & Readonly<Record<string, string>>>(page, [tenantId, serverId, ...after, pageLength])
    for (const row of rows) entries.push({ number: row.number, weight: row.weight })
    const last = rows.at(-1)
    if (!last || rows.length < pageLength) return entries
    after = key.map((column) => last[column] ?? '')
    if (slices.isOver) await slices.next()
  }
}

/** The numbers of the entries, in order: tables and indexes are changed from their beginning to their end. */
function cut(entries: readonly Entry[]): readonly (readonly number[])[] {
  const portions: number[][] = []
  let weightLeft = 0
  for (const { number, weight } of entries.toSorted((a, b) => a.number - b.number)) {
    if (weightLeft <= 0) {
      portions.push([])
      weightLeft = portionWeight
    }
    portions.at(-1)?.push(number)
    weightLeft -= weight
  }
  return portions
}

/**
 * The entries of a server in portions, each small enough for one piece of work. Undefined if all entries are, or if another
 * process does the work, which blocks nothing here.
 */
export async function entryPortions(
  connection: Pick<SqlConnection, 'all' | 'dialect'>,
  table: EntryTable,
  tenantId: TenantId,
  serverId: ServerId,
): Promise<EntryPortions | undefined> {
  if (!connection.dialect.worksInProcess) return undefined
  const portions = cut(await entriesOf(connection, table, tenantId, serverId))
  if (portions.length < leastPortions) return undefined
  const number = `${table}.${columns[table].number}`
  return {
    // `+` keeps SQLite from going through all entries of the server for each portion.
    condition: `${number} in (select value from json_each(?)) and +${table}.tenant = ? and +${table}.server_id = ?`,
    rows: portions.map((numbers) => [JSON.stringify(numbers), tenantId, serverId]),
    added: {
      condition: `${table}.tenant = ? and ${table}.server_id = ? and ${number} > ?`,
      row: [tenantId, serverId, portions.at(-1)?.at(-1) ?? 0],
    },
  }
}
