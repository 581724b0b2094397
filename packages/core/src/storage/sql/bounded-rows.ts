import { type RawBuilder, sql } from 'kysely'
import type { PageQuery, ReadLimit } from '../filters.ts'

/** The tables that hold what is of any length. */
export type LongTable = 'servers' | 'tools' | 'refreshes' | 'runs'

const longColumns = {
  servers: ['config', 'state', 'labels'],
  tools: ['definition', 'pending_definition', 'words'],
  refreshes: ['outcome', 'error'],
  runs: ['args', 'metadata', 'result', 'error'],
} as const satisfies Readonly<Record<LongTable, readonly string[]>>

/** What a row takes, in bytes. Databases know how long a value is without reading it. */
export function rowBytes(table: LongTable): string {
  return `(${longColumns[table].map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')})`
}

const runColumnsWithoutResult = [
  ...['id', 'tenant', 'server_id', 'server_name', 'tool_id', 'tool_name', 'status', 'created_at', 'started_at'],
  ...['finished_at', 'error', 'args', 'metadata', 'idempotency_key', 'args_digest', 'null as result', 'owner_id'],
  ...['recorded', 'actor', 'trace_id'],
].join(', ')

export const columnsOf = ({ withoutResults }: Pick<PageQuery<unknown, string>, 'withoutResults'>) =>
  sql.raw(withoutResults ? runColumnsWithoutResult : '*')

/** The read of those rows of `whole`, in order, that are not too long together, and of at least one. */
export function endingEarly<Row>(
  whole: RawBuilder<unknown>,
  table: LongTable,
  order: RawBuilder<unknown>,
  { bytes }: ReadLimit,
) {
  const own = sql.raw(rowBytes(table))
  const summed = sql`select *, sum(${own}) over (order by ${order} rows unbounded preceding) as bytes_so_far,
    count(*) over () as all_rows from (${whole}) as asked`
  const read = sql<Row & { readonly all_rows: number }>`select * from (${summed}) as summed
    where bytes_so_far <= ${bytes} or bytes_so_far = ${own} order by ${order}`
  return {
    read,
    isWhole: (found: readonly { readonly all_rows: number }[]) => found.length === Number(found[0]?.all_rows ?? 0),
  }
}
