import { setImmediate as nextTurn } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { PageQuery, PageRows, ReadLimit } from '../filters.ts'

/** The tables that hold what is of any length. */
export type LongTable = 'servers' | 'tools' | 'refreshes' | 'runs'

const longColumns = {
  servers: ['config', 'state', 'labels'],
  tools: ['definition', 'pending_definition', 'words'],
  refreshes: ['outcome', 'error'],
  runs: ['args', 'metadata', 'result', 'error'],
} as const satisfies Readonly<Record<LongTable, readonly string[]>>

/** What a row takes, in bytes. Databases know how long a value is without reading it. */
function bytesOf(table: LongTable): RawBuilder<number> {
  return sql.raw(`(${longColumns[table].map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')})`)
}

/** What is parsed before everything else has its turn, in characters. */
const charsAtOnce = 1_048_576

/** What `from` makes of each row. Much of it takes several turns of the event loop. */
export async function inTurns<Row extends object, Record>(
  rows: readonly Row[],
  table: LongTable,
  from: (row: Row) => Record,
): Promise<Record[]> {
  const records: Record[] = []
  let chars = 0
  for (const row of rows) {
    for (const column of longColumns[table]) {
      const value: unknown = Reflect.get(row, column)
      if (typeof value === 'string') chars += value.length
    }
    if (chars > charsAtOnce) {
      await nextTurn()
      chars = 0
    }
    records.push(from(row))
  }
  return records
}

const runColumnsWithoutResult = [
  ...['id', 'tenant', 'server_id', 'server_name', 'tool_id', 'tool_name', 'status', 'created_at', 'started_at'],
  ...['finished_at', 'error', 'args', 'metadata', 'idempotency_key', 'args_digest', 'null as result', 'owner_id'],
  ...['recorded', 'actor', 'trace_id'],
].join(', ')

export const columnsOf = ({ withoutResults }: Pick<PageQuery<unknown, string>, 'withoutResults'>) =>
  sql.raw(withoutResults ? runColumnsWithoutResult : '*')

/** Rows in their order. */
export interface Selection {
  readonly table: LongTable
  /** Without its order and its limit. */
  readonly rows: RawBuilder<unknown>
  readonly order: RawBuilder<unknown>
  /** How many there are at most. */
  readonly limit: number
}

export type ReadRows = <Row>(query: RawBuilder<Row>) => Promise<readonly Row[]>

const ordered = ({ rows, order, limit }: Selection) => sql`${rows} order by ${order} limit ${limit}`

/** The rows, or none if they are too long together: most are not, and are found so in one statement. */
function allOrNone<Row>(read: ReadRows, selection: Selection, { bytes }: ReadLimit): Promise<readonly Row[]> {
  const { table, rows, order, limit } = selection
  const count = sql`select case when sum(${bytesOf(table)}) <= ${bytes} then ${limit} else 0 end from (${ordered(selection)}) as asked`
  return read(sql<Row>`${rows} order by ${order} limit (${count})`)
}

/** The rows up to where they are too long together, and at least one. */
export async function readPage<Row>(
  read: ReadRows,
  selection: Selection,
  readLimit: ReadLimit,
): Promise<PageRows<Row>> {
  const all = await allOrNone<Row>(read, selection, readLimit)
  if (all.length > 0) return all
  const own = bytesOf(selection.table)
  const summed = sql`select ${own} as bytes, sum(${own}) over (order by ${selection.order} rows unbounded preceding) as so_far
    from (${ordered(selection)}) as asked`
  const fitting = sql`case when so_far <= ${readLimit.bytes} or so_far = bytes then 1 else 0 end`
  const counts = sql<{
    asked: number
    fits: number | null
  }>`select count(*) as asked, sum(${fitting}) as fits from (${summed}) as summed`
  const [found] = await read(counts)
  const asked = Number(found?.asked ?? 0)
  const fits = Number(found?.fits ?? 0)
  if (fits === 0) return []
  const first = await read(sql<Row>`${ordered({ ...selection, limit: fits })}`)
  if (fits === asked) return first
  readLimit.onEarlyEnd()
  return Object.assign([...first], { endsEarly: true } as const)
}

/** All rows. Rejects if they are too long together, and are several. */
export async function readAll<Row>(
  read: ReadRows,
  selection: Selection,
  readLimit: ReadLimit,
): Promise<readonly Row[]> {
  const all = await allOrNone<Row>(read, selection, readLimit)
  if (all.length > 0) return all
  const [found] = await read(
    sql<{ asked: number; bytes: number | null }>`select count(*) as asked, sum(${bytesOf(selection.table)}) as bytes
      from (${ordered(selection)}) as asked`,
  )
  if (Number(found?.asked ?? 0) > 1) throw readLimit.exceeded(Number(found?.bytes ?? 0))
  return read(sql<Row>`${ordered(selection)}`)
}
