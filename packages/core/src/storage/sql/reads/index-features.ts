import { RegistryError } from '../../../base/errors.ts'
import type { ServerId } from '../../../base/ids.ts'
import { slices } from '../../../base/slices.ts'
import type { FeatureRecord } from '../../../model/feature.ts'
import { featureWords } from '../../../search/feature-words.ts'
import type { SqlConnection } from '../connection.ts'
import { entryPortions } from '../entry-portions.ts'
import type { Statement } from '../statement.ts'
import type { TenantRows } from './tenant-rows.ts'

const serversAtOnce = 100
/** Features that are read, and indexed, in one piece. */
const featuresAtOnce = 100
/** Features, and characters of their words, of one transaction, for which other commits wait some 100 ms. */
const featuresPerCommit = 5_000
const charsPerCommit = 4 * 1024 * 1024

interface Mark {
  readonly server_id: ServerId
  readonly version: string
}

interface DefinitionRow {
  readonly id: string
  readonly definition: string
}

interface PlacedRow extends DefinitionRow {
  readonly kind: string
  readonly identifier_hash: string
}

// The statements replace what is there: no key can be taken.
const taken = async () => new RegistryError('INTERNAL', 'A resource, template or prompt is indexed twice')

/** The definitions of a server. What is added meanwhile marks the server anew. */
async function* definitionsOf(
  { connection, tenantId }: TenantRows,
  serverId: ServerId,
): AsyncGenerator<readonly DefinitionRow[]> {
  const portions = await entryPortions(connection, 'features', tenantId, serverId)
  if (portions) {
    // The index grows at its end if its numbers follow those of the table.
    const portion = `select id, definition from features where ${portions.condition} order by features.rowid`
    for (const row of portions.rows) yield await connection.all<DefinitionRow>(portion, row)
    return
  }
  // In the order of an index: else each page would sort all that the server has.
  const beyond = '(kind, identifier_hash) > (?, ?) order by kind, identifier_hash'
  const columns = 'id, kind, identifier_hash, definition'
  const page = `select ${columns} from features where tenant = ? and server_id = ? and ${beyond} limit ${featuresAtOnce}`
  for (let [kind, hash] = ['', '']; ; ) {
    const rows = await connection.all<PlacedRow>(page, [tenantId, serverId, kind, hash])
    yield rows
    const last = rows.at(-1)
    if (!last || rows.length < featuresAtOnce) return
    kind = last.kind
    hash = last.identifier_hash
  }
}

/** The words of features, as JSON by their ids. */
function wordsOf(rows: readonly DefinitionRow[]): string {
  // Written from a definition.
  const words = ({ definition }: DefinitionRow) => featureWords(JSON.parse(definition) as FeatureRecord['definition'])
  return JSON.stringify(Object.fromEntries(rows.map((row) => [row.id, words(row)])))
}

/** Puts the statements for many features, of one server or of many, together into transactions. */
class IndexCommits {
  readonly #connection: SqlConnection
  #portions: (readonly Statement[])[] = []
  #features = 0
  #chars = 0

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  async addFeatures(rows: readonly DefinitionRow[]): Promise<void> {
    const words = wordsOf(rows)
    this.#portions.push(this.#connection.dialect.indexFeatures.map((sql) => ({ sql, rows: [[words]] })))
    this.#features += rows.length
    this.#chars += words.length
    if (this.#features >= featuresPerCommit || this.#chars >= charsPerCommit) await this.flush()
    else if (slices.isOver) await slices.next()
  }

  add(statement: Statement): void {
    this.#portions.push([statement])
  }

  async flush(): Promise<void> {
    const portions = this.#portions
    const isLarge = this.#features > featuresAtOnce
    this.#portions = []
    this.#features = 0
    this.#chars = 0
    if (isLarge) await this.#connection.transactInPortions(portions, undefined, taken)
    else if (portions.length > 0) await this.#connection.transact(portions.flat(), undefined, taken)
  }
}

/** Indexes all that a server offers beside tools. Its mark goes last, and stays if the server was marked anew meanwhile. */
async function indexServer(rows: TenantRows, commits: IndexCommits, { server_id, version }: Mark): Promise<void> {
  for await (const some of definitionsOf(rows, server_id)) if (some.length > 0) await commits.addFeatures(some)
  commits.add({
    sql: 'delete from unindexed_features where tenant = ? and server_id = ? and version = ?',
    rows: [[rows.tenantId, server_id, version]],
  })
}

/** Brings the index up to date with all commits. Concurrent calls repeat some work, and miss nothing. */
export async function indexChangedFeatures(rows: TenantRows): Promise<void> {
  const marks = 'select server_id, version from unindexed_features where tenant = ? limit ?'
  for (;;) {
    const servers = await rows.connection.all<Mark>(marks, [rows.tenantId, serversAtOnce])
    const commits = new IndexCommits(rows.connection)
    for (const mark of servers) await indexServer(rows, commits, mark)
    await commits.flush()
    if (servers.length < serversAtOnce) return
  }
}
