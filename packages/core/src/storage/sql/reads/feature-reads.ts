import type { ServerId, TenantId } from '../../../base/ids.ts'
import { identifierHash } from '../../../model/feature.ts'
import type { FeatureReads, StoredFeature } from '../../storage.ts'
import type { SqlConnection } from '../connection.ts'
import type { SearchIndex } from '../indexing/search-index.ts'
import { fromFeatureRow, fromStoredFeatureRow, type StoredFeatureRow } from '../rows/feature-rows.ts'
import { createFeatureSearch } from './feature-search.ts'
import { groupRows, recordsOf, type TenantRows } from './tenant-rows.ts'

const rowsPerPage = 2_000
/** Largest definition that is read with the page, in bytes with its identifier; larger ones are read in groups. */
const maxInline = 4 * 1024
/** Bytes of a group of larger definitions. */
const maxBytes = 4 * 1024 * 1024

const size = 'octet_length(definition) + octet_length(identifier)'
const inline = (column: string) => `case when ${size} <= ${maxInline} then ${column} end as ${column}`
const compared = 'id, kind, identifier, identifier_hash, removed_at, definition'
const isSame = 'server_id = ? and kind = ? and identifier_hash = ? and removed_at is null'

type PageRow = Omit<StoredFeatureRow, 'identifier' | 'definition'> & {
  readonly size: number
  readonly identifier: string | null
  readonly definition: string | null
}

const isWhole = (row: PageRow): row is PageRow & StoredFeatureRow => row.definition !== null

/** Groups ids by the bytes of their definitions. A definition that is too large is a group of its own. */
function* groups(rows: readonly PageRow[]): Generator<readonly string[]> {
  let ids: string[] = []
  let bytes = 0
  for (const { id, size } of rows) {
    if (ids.length > 0 && bytes + Number(size) > maxBytes) {
      yield ids
      ids = []
      bytes = 0
    }
    ids.push(id)
    bytes += Number(size)
  }
  if (ids.length > 0) yield ids
}

/** The definitions of what a server offers beside tools, in pages of at most a few MB. */
async function* definitionPages(
  { all, dialect }: SqlConnection,
  tenantId: TenantId,
  serverId: ServerId,
): AsyncGenerator<readonly StoredFeature[]> {
  const columns = `id, kind, identifier_hash, removed_at, ${size} as size, ${inline('identifier')}, ${inline('definition')}`
  // In the order of an index.
  const beyond = '(kind, identifier_hash) > (?, ?) order by kind, identifier_hash'
  // Enough for most servers: SQLite plans an ordered statement anew each time, which takes longer than reading a few rows.
  const few = `select ${columns} from features where tenant = ? and server_id = ? limit ${rowsPerPage + 1}`
  const pageAfter = `select ${columns} from features where tenant = ? and server_id = ? and ${beyond} limit ${rowsPerPage}`
  const ofIds = `select ${compared} from features where ${dialect.isOneOf}`

  async function* read(page: readonly PageRow[]): AsyncGenerator<readonly StoredFeature[]> {
    yield page.filter(isWhole).map(fromStoredFeatureRow)
    for (const ids of groups(page.filter((row) => !isWhole(row)))) {
      yield (await all<StoredFeatureRow>(ofIds, [tenantId, JSON.stringify(ids)])).map(fromStoredFeatureRow)
    }
  }

  const first = await all<PageRow>(few, [tenantId, serverId])
  if (first.length <= rowsPerPage) {
    yield* read(first)
    return
  }
  for (let [kind, hash] = ['', '']; ; ) {
    const page = await all<PageRow>(pageAfter, [tenantId, serverId, kind, hash])
    yield* read(page)
    const last = page.at(-1)
    if (!last || page.length < rowsPerPage) return
    kind = last.kind
    hash = last.identifier_hash
  }
}

export function createFeatureReads(rows: TenantRows, searchIndex: SearchIndex): FeatureReads {
  const { connection, pages, tenantId } = rows
  return {
    get: (id) => rows.one('features', 'id = ?', [id], fromFeatureRow),
    getByIdentifier: (serverId, kind, identifier) =>
      rows.one('features', isSame, [serverId, kind, identifierHash(identifier)], fromFeatureRow),
    getMany: (ids) => rows.many('features', ids, fromFeatureRow, true),
    definitionsOf: (serverId) => definitionPages(connection, tenantId, serverId),
    page: async (query) => recordsOf(await pages.features(query), 'features', fromFeatureRow),
    count: (filter) => pages.featureCount(filter),
    pageByServer: async (ids, query) =>
      groupRows(await pages.featuresByServer(ids, query), fromFeatureRow, ({ serverId }) => serverId),
    countByServer: (ids, filter) => pages.featureCounts(ids, filter),
    ...createFeatureSearch(rows, searchIndex, (ids) => rows.many('features', ids, fromFeatureRow, true)),
  }
}
