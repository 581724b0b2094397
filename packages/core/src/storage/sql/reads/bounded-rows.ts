import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { PageQuery, PageRows, ReadLimit } from '../../../model/filters.ts'
import type { SqlDialect } from '../dialect.ts'
import type { SqlValue } from '../statement.ts'

/** The tables with columns of any length. */
export type LongTable = 'servers' | 'tools' | 'features' | 'refreshes' | 'runs'

const longColumns = {
  servers: ['config', 'state'],
  tools: ['definition', 'pending_definition'],
  features: ['definition'],
  refreshes: ['outcome'],
  runs: ['args', 'metadata', 'result'],
} as const satisfies Readonly<Record<LongTable, readonly string[]>>

/** The size of a row in bytes. Databases know the length of a value without reading it. */
function rowBytes(table: LongTable): string {
  return `(${longColumns[table].map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')})`
}

/** Characters that are parsed in one turn of the event loop. */
const charsAtOnce = 1_048_576

/** Converts each row. Long rows take several turns of the event loop. */
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
  ...['recorded', 'actor', 'trace_id', 'approval', 'input', 'retried_from'],
].join(', ')

export const columnsOf = ({ withoutResults }: Pick<PageQuery<unknown, string>, 'withoutResults'>) =>
  sql.raw(withoutResults ? runColumnsWithoutResult : '*')

/** A statement without its last clause, as Kysely compiled it. */
export interface Compiled {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export type Select = <Row>(sql: string, parameters: readonly SqlValue[]) => Promise<readonly Row[]>

/** Reads that return no more bytes than the limit. */
export interface BoundedReads {
  /** The first rows of `asked`: at most `limit`, as many as fit into the bytes, and at least one. */
  page<Row>(table: LongTable, asked: Compiled, limit: number): Promise<PageRows<Row>>
  /** All rows of `asked`. Rejects if several rows do not fit into the bytes. */
  whole<Row extends { readonly id: string }>(table: LongTable, asked: Compiled, order: string): Promise<readonly Row[]>
}

export function createBoundedReads(
  select: Select,
  { numbersParameters }: Pick<SqlDialect, 'numbersParameters'>,
  { bytes, onEarlyEnd, exceeded }: ReadLimit,
): BoundedReads {
  /** The parameters of a statement that contains `asked`, and then further ones. */
  function holding({ parameters }: Compiled, further: readonly SqlValue[]) {
    const mark = (index: number) => (numbersParameters ? `$${parameters.length + index + 1}` : '?')
    return { mark, values: [...parameters, ...further] }
  }

  /** All rows, or none if they do not fit. Most do, and one statement finds that. */
  function allOrNone<Row>(table: LongTable, asked: Compiled, limit: number): Promise<readonly Row[]> {
    const { mark, values } = holding(asked, [bytes, limit])
    const count = `select case when sum(${rowBytes(table)}) <= ${mark(0)} then ${mark(1)} else 0 end from (${asked.sql} limit ${mark(1)}) as asked`
    return select<Row>(
      `${asked.sql} limit (${count})`,
      numbersParameters ? values : [...values, ...asked.parameters, limit],
    )
  }

  return {
    async page<Row>(table: LongTable, asked: Compiled, limit: number): Promise<PageRows<Row>> {
      const all = await allOrNone<Row>(table, asked, limit)
      if (all.length > 0) return all
      const { mark, values } = holding(asked, [limit])
      const lengths = await select<{ bytes: number | string }>(
        `select ${rowBytes(table)} as bytes from (${asked.sql} limit ${mark(0)}) as asked`,
        values,
      )
      let fitting = 0
      for (let left = bytes; fitting < lengths.length; fitting += 1) {
        left -= Number(lengths[fitting]?.bytes)
        if (left < 0 && fitting > 0) break
      }
      if (fitting === 0) return []
      const first = await select<Row>(`${asked.sql} limit ${mark(0)}`, holding(asked, [fitting]).values)
      if (fitting === lengths.length) return first
      onEarlyEnd()
      return Object.assign([...first], { endsEarly: true } as const)
    },
    async whole<Row extends { readonly id: string }>(table: LongTable, asked: Compiled, order: string) {
      const { mark, values } = holding(asked, [bytes])
      const total = `select count(*) as all_rows, coalesce(sum(${rowBytes(table)}), 0) as all_bytes from asked`
      const found = await select<
        (Row | { readonly id: null }) & { readonly all_rows: number; readonly all_bytes: number }
      >(
        `with asked as materialized (${asked.sql}) select total.*, asked.* from (${total}) as total
          left join asked on all_bytes <= ${mark(0)} or all_rows = 1 order by ${order}`,
        values,
      )
      const [first] = found
      if (first?.id === null && Number(first.all_rows) > 0) throw exceeded(Number(first.all_bytes))
      return found.filter((row) => row.id !== null)
    },
  }
}
