import type { TenantId } from '../../../base/ids.ts'
import type { PageRows } from '../../../model/filters.ts'
import type { SqlConnection } from '../connection.ts'
import type { SqlValue } from '../statement.ts'
import { inTurns, type LongTable } from './bounded-rows.ts'
import { Pages, type PagesDeps } from './pages.ts'

/** Rows of one tenant: every statement names it. */
export class TenantRows {
  readonly tenantId: TenantId
  readonly connection: SqlConnection
  readonly pages: Pages

  constructor(deps: PagesDeps & { readonly connection: SqlConnection }, tenantId: TenantId) {
    this.tenantId = tenantId
    this.connection = deps.connection
    this.pages = new Pages(deps, tenantId)
  }

  /** The rows of a table that meet the condition. */
  select<Row>(columns: string, table: string, condition: string, parameters: readonly SqlValue[]) {
    const sql = `select ${columns} from ${table} where tenant = ? and ${condition}`
    return this.connection.all<Row>(sql, [this.tenantId, ...parameters])
  }

  async one<Row, Record>(
    table: string,
    condition: string,
    parameters: readonly SqlValue[],
    from: (row: Row) => Record,
  ): Promise<Record | undefined> {
    const [row] = await this.select<Row>('*', table, condition, parameters)
    return row === undefined ? undefined : from(row)
  }

  async many<Row extends { readonly id: string }, Record>(
    table: LongTable,
    ids: readonly string[],
    from: (row: Row) => Record,
    isBounded = false,
  ): Promise<Record[]> {
    return inTurns(await this.pages.byIds<Row>(table, ids, isBounded), table, from)
  }

  /** A condition whose parameter is a list as JSON. */
  isIn(column: string): string {
    return `${column} in (select value from ${this.connection.dialect.items})`
  }
}

/** Groups records by an id, in the order of their rows. */
export function groupRows<Row, Record, Id extends string>(
  rows: readonly Row[],
  from: (row: Row) => Record,
  idOf: (record: Record) => Id,
): ReadonlyMap<Id, readonly Record[]> {
  return Map.groupBy(rows.map(from), idOf)
}

export async function recordsOf<Row extends object, Record>(
  rows: PageRows<Row>,
  table: LongTable,
  from: (row: Row) => Record,
): Promise<PageRows<Record>> {
  const records = await inTurns(rows, table, from)
  return rows.endsEarly ? Object.assign(records, { endsEarly: true } as const) : records
}
