import type { ServerId, TenantId } from '../../../base/ids.ts'
import type { FeatureRecord } from '../../../model/feature.ts'
import { featureWords } from '../../../search/feature-words.ts'
import type { SqlConnection } from '../connection.ts'
import type { EntryTable } from '../schema.ts'
import type { AddedEntry } from './index-portion.ts'

/** Entries that are read at a time, and characters of definitions of which each is read alone. */
const entriesAtOnce = 128

/** The columns of an index in whose order entries are read. */
const placedBy = { tools: ['name'], features: ['kind', 'identifier_hash'] } as const

type PlacedRow = Readonly<Record<string, string>>

interface ToolRow {
  readonly key: string | number
  readonly chars: number
}

interface FeatureRow {
  readonly key: string
  readonly definition: string
  readonly updated_at: number
}

const columnsOf: Readonly<Record<EntryTable, string>> = {
  tools: 'octet_length(words) as chars',
  features: 'definition, updated_at',
}

const toAdded: Readonly<Record<EntryTable, (row: PlacedRow) => AddedEntry>> = {
  tools(row) {
    // The statement selects these columns.
    const { key, chars } = row as unknown as ToolRow
    return { added: key, chars: Number(chars) }
  },
  features(row) {
    const { key, definition, updated_at } = row as unknown as FeatureRow
    // Written from a definition.
    const words = featureWords(JSON.parse(definition) as FeatureRecord['definition'])
    return { added: [key, words, Number(updated_at)], chars: words.length }
  },
}

/** The entries of a server that the index lacks, in pages. */
export async function* lackingEntries(
  { all, dialect }: SqlConnection,
  table: EntryTable,
  tenantId: TenantId,
  serverId: ServerId,
): AsyncGenerator<readonly AddedEntry[]> {
  const { isLacking, key } = dialect.indexing[table]
  const place = placedBy[table]
  const names = place.join(', ')
  const page = `select ${key} as key, ${names}, ${columnsOf[table]} from ${table} where tenant = ? and server_id = ?
    and (${names}) > (${place.map(() => '?').join(', ')}) and ${isLacking} order by ${names} limit ${entriesAtOnce}`
  for (let after: readonly string[] = place.map(() => ''); ; ) {
    const rows = await all<PlacedRow>(page, [tenantId, serverId, ...after])
    yield rows.map(toAdded[table])
    const last = rows.at(-1)
    if (!last || rows.length < entriesAtOnce) return
    after = place.map((column) => last[column] ?? '')
  }
}
