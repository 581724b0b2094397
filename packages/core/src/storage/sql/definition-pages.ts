import type { ServerId, TenantId } from '../../ids.ts'
import type { StoredDefinition } from '../storage.ts'
import type { SqlConnection } from './connection.ts'
import { type DefinitionRow, fromDefinitionRow } from './rows.ts'

const rowsPerPage = 2_000
/** Bytes of a tool's definitions that are read with the page; larger ones are read some at a time. */
const maxInline = 8 * 1024
/** Bytes of larger definitions that are read at a time. */
const maxBytes = 4 * 1024 * 1024

const size = 'octet_length(definition) + coalesce(octet_length(pending_definition), 0)'
const inline = (column: string) => `case when ${size} <= ${maxInline} then ${column} end as ${column}`

type PageRow = Omit<DefinitionRow, 'definition'> & { readonly definition: string | null; readonly size: number }

const isWhole = (row: PageRow): row is PageRow & DefinitionRow => row.definition !== null

/** The ids in groups of so many bytes, a larger one by itself. */
function* groups(rows: readonly PageRow[]): Generator<readonly string[]> {
  let ids: string[] = []
  let bytes = 0
  for (const row of rows) {
    if (ids.length > 0 && bytes + row.size > maxBytes) {
      yield ids
      ids = []
      bytes = 0
    }
    ids.push(row.id)
    bytes += row.size
  }
  if (ids.length > 0) yield ids
}

/** The definitions of a server's tools in the order of their names; no page has more than some MB of them. */
export async function* definitionPages(
  { all, dialect }: SqlConnection,
  tenantId: TenantId,
  serverId: ServerId,
): AsyncGenerator<readonly StoredDefinition[]> {
  const columns = `id, name, removed_at, approved, ${size} as size, ${inline('definition')}, ${inline('pending_definition')}`
  const pageAfter = `select ${columns} from tools where tenant = ? and server_id = ? and name > ? order by name limit ?`
  const ofIds = `select id, name, removed_at, approved, definition, pending_definition from tools
    where tenant = ? and id in (select value from ${dialect.items})`
  let after = ''
  for (;;) {
    const rows = await all<PageRow>(pageAfter, [tenantId, serverId, after, rowsPerPage])
    yield rows.filter(isWhole).map(fromDefinitionRow)
    for (const ids of groups(rows.filter((row) => !isWhole(row)))) {
      yield (await all<DefinitionRow>(ofIds, [tenantId, JSON.stringify(ids)])).map(fromDefinitionRow)
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsPerPage) return
    after = last.name
  }
}
