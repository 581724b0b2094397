import type { ServerId, TenantId } from '../../../base/ids.ts'
import { identifierHash } from '../../../model/feature.ts'
import type { FeatureReads, StoredFeature } from '../../storage.ts'
import type { SqlConnection } from '../connection.ts'
import { fromFeatureRow, fromStoredFeatureRow, type StoredFeatureRow } from '../rows/feature-rows.ts'
import { groupRows, recordsOf, type TenantRows } from './tenant-rows.ts'

const rowsPerPage = 2_000
/** Bytes of the definitions that are read at a time. */
const maxBytes = 4 * 1024 * 1024

const compared = 'id, kind, identifier, identifier_hash, removed_at, definition'
const isSame = 'server_id = ? and kind = ? and identifier_hash = ? and removed_at is null'

interface SizeRow {
  readonly id: string
  readonly size: number
}

/** Groups ids by the bytes of their definitions. A definition that is too large is a group of its own. */
function* groups(rows: readonly SizeRow[]): Generator<readonly string[]> {
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
  const size = 'octet_length(definition) + octet_length(identifier) as size'
  const sizes = `select id, ${size} from features where tenant = ? and server_id = ? and id > ? order by id limit ${rowsPerPage}`
  const ofIds = `select ${compared} from features where tenant = ? and id in (select value from ${dialect.items})`
  for (let after = ''; ; ) {
    const page = await all<SizeRow>(sizes, [tenantId, serverId, after])
    for (const ids of groups(page)) {
      yield (await all<StoredFeatureRow>(ofIds, [tenantId, JSON.stringify(ids)])).map(fromStoredFeatureRow)
    }
    const last = page.at(-1)
    if (!last || page.length < rowsPerPage) return
    after = last.id
  }
}

export function createFeatureReads(rows: TenantRows): FeatureReads {
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
  }
}
