import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { StoredDefinition } from '../../storage.ts'
import type { SqlConnection } from '../connection.ts'
import { type DefinitionRow, fromDefinitionRow } from '../rows/tool-rows.ts'

const rowsPerPage = 2_000
/** Largest definition that is read with the page, in bytes; larger ones are read in groups. */
const maxInline = 8 * 1024
/** Bytes of a group of larger definitions. */
const maxBytes = 4 * 1024 * 1024

const inline = (column: string) => `case when octet_length(${column}) <= ${maxInline} then ${column} end as ${column}`
const pageColumns = `id, name, removed_at, approved, ${inline('definition')}, ${inline('pending_definition')},
  octet_length(pending_definition) > ${maxInline} as is_cut`
const ofServer = `select ${pageColumns} from tools where tenant = ? and server_id = ?`
// Enough for most servers: SQLite plans an ordered statement anew each time, which takes longer than reading a few rows.
const few = `${ofServer} limit ${rowsPerPage + 1}`
const pageAfter = `${ofServer} and name > ? order by name limit ${rowsPerPage}`
const size = 'octet_length(definition) + coalesce(octet_length(pending_definition), 0) as size'

type PageRow = Omit<DefinitionRow, 'definition'> & {
  readonly definition: string | null
  /** Whether a pending definition was left out. */
  readonly is_cut: number | boolean | null
}

interface SizeRow {
  readonly id: string
  readonly size: number
}

const isWhole = (row: PageRow): row is PageRow & DefinitionRow => row.definition !== null && !row.is_cut

/** Groups ids by the bytes of their definitions. A definition that is too large is a group of its own. */
function* groups(rows: readonly SizeRow[]): Generator<readonly string[]> {
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

/** The definitions of the tools of a server, in pages of at most a few MB. */
export async function* definitionPages(
  { all, dialect }: SqlConnection,
  tenantId: TenantId,
  serverId: ServerId,
): AsyncGenerator<readonly StoredDefinition[]> {
  const ofIds = `from tools where ${dialect.isOneOf}`

  async function* large(ids: readonly string[]): AsyncGenerator<readonly StoredDefinition[]> {
    const sizes = await all<SizeRow>(`select id, ${size} ${ofIds}`, [tenantId, JSON.stringify(ids)])
    const columns = 'id, name, removed_at, approved, definition, pending_definition'
    for (const some of groups(sizes)) {
      const rows = await all<DefinitionRow>(`select ${columns} ${ofIds}`, [tenantId, JSON.stringify(some)])
      yield rows.map(fromDefinitionRow)
    }
  }

  async function* read(rows: readonly PageRow[]): AsyncGenerator<readonly StoredDefinition[]> {
    const whole = rows.filter(isWhole)
    yield whole.map(fromDefinitionRow)
    if (whole.length < rows.length) yield* large(rows.filter((row) => !isWhole(row)).map(({ id }) => id))
  }

  const first = await all<PageRow>(few, [tenantId, serverId])
  if (first.length <= rowsPerPage) {
    yield* read(first)
    return
  }
  for (let after = ''; ; ) {
    const rows = await all<PageRow>(pageAfter, [tenantId, serverId, after])
    yield* read(rows)
    const last = rows.at(-1)
    if (!last || rows.length < rowsPerPage) return
    after = last.name
  }
}
