import type { ServerId, TenantId } from '../../../base/ids.ts'
import { staleRevision } from '../../errors.ts'
import { notFound, type SqlValue, type Statement } from '../statement.ts'

/** Updates rows of a tenant by id. All rows have the same members in the same order. */
export function update(
  table: string,
  tenant: TenantId,
  rows: readonly { readonly id: string; readonly row: object }[],
  what: string,
): Statement {
  const columns = Object.keys(rows[0]?.row ?? {})
  return {
    sql: `update ${table} set ${columns.map((column) => `${column} = ?`).join(', ')} where tenant = ? and id = ?`,
    // Rows hold texts, numbers and null alone (schema.ts).
    rows: rows.map(({ id, row }) => [...(Object.values(row) as SqlValue[]), tenant, id]),
    unlessChanged: (row) => notFound(what, String(row.at(-1))),
  }
}

export function without<Row extends object, Key extends keyof Row>(row: Row, ...keys: readonly Key[]): Omit<Row, Key> {
  const rest = { ...row }
  for (const key of keys) delete rest[key]
  return rest
}

/** Changes one server only if it is at this revision. */
export function ifRevision(
  { sql, rows }: Statement,
  tenant: TenantId,
  id: ServerId,
  revision: number,
): readonly Statement[] {
  return [
    { ...touchServer(tenant, id), unlessChanged: () => notFound('server', id) },
    {
      sql: `${sql} and revision = ?`,
      rows: rows.map((values) => [...values, revision]),
      unlessChanged: () => staleRevision(id, revision),
    },
  ]
}

/** Locks the row of a server and changes nothing; its key would be looked for in other tables. */
export function touchServer(tenant: TenantId, id: ServerId): Statement {
  return { sql: 'update servers set revision = revision where tenant = ? and id = ?', rows: [[tenant, id]] }
}
