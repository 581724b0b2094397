import { RegistryError } from '../../../base/errors.ts'
import type { ServerId } from '../../../base/ids.ts'
import type { FeatureRecord } from '../../../model/feature.ts'
import { featureWords } from '../../../search/feature-words.ts'
import type { Statement } from '../statement.ts'
import type { TenantRows } from './tenant-rows.ts'

const serversAtOnce = 100
/** Features of one transaction: each portion takes a few ms, so that the event loop and other commits get their turns. */
const featuresAtOnce = 100

interface Mark {
  readonly server_id: ServerId
  readonly version: string
}

interface DefinitionRow {
  readonly id: string
  readonly kind: string
  readonly identifier_hash: string
  readonly definition: string
}

// The statements replace what is there: no key can be taken.
const taken = async () => new RegistryError('INTERNAL', 'A resource, template or prompt is indexed twice')

/** Indexes all that a server offers beside tools. Its mark goes last, and stays if the server was marked anew meanwhile. */
async function indexServer({ connection, tenantId }: TenantRows, { server_id, version }: Mark): Promise<void> {
  const { all, transact, dialect } = connection
  // In the order of an index: else each page would sort all that the server has.
  const beyond = '(kind, identifier_hash) > (?, ?) order by kind, identifier_hash'
  const columns = 'id, kind, identifier_hash, definition'
  const page = `select ${columns} from features where tenant = ? and server_id = ? and ${beyond} limit ${featuresAtOnce}`
  const unmark: Statement = {
    sql: 'delete from unindexed_features where tenant = ? and server_id = ? and version = ?',
    rows: [[tenantId, server_id, version]],
  }
  for (let [kind, hash] = ['', '']; ; ) {
    const rows = await all<DefinitionRow>(page, [tenantId, server_id, kind, hash])
    // Written from a definition.
    const wordsOf = ({ definition }: DefinitionRow) =>
      featureWords(JSON.parse(definition) as FeatureRecord['definition'])
    const words = JSON.stringify(Object.fromEntries(rows.map((row) => [row.id, wordsOf(row)])))
    const index = rows.length === 0 ? [] : dialect.indexFeatures.map((sql): Statement => ({ sql, rows: [[words]] }))
    const last = rows.length < featuresAtOnce ? undefined : rows.at(-1)
    await transact(last ? index : [...index, unmark], undefined, taken)
    if (!last) return
    kind = last.kind
    hash = last.identifier_hash
  }
}

/** Brings the index up to date with all commits. Concurrent calls repeat some work, and miss nothing. */
export async function indexChangedFeatures(rows: TenantRows): Promise<void> {
  const marks = 'select server_id, version from unindexed_features where tenant = ? limit ?'
  for (;;) {
    const servers = await rows.connection.all<Mark>(marks, [rows.tenantId, serversAtOnce])
    for (const mark of servers) await indexServer(rows, mark)
    if (servers.length < serversAtOnce) return
  }
}
