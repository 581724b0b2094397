import { RegistryError } from '../../../base/errors.ts'
import { livingNodes } from '../../living-nodes.ts'
import type { DatabaseState, DatabaseStatus, RowCounts } from '../../maintenance.ts'
import { fromNodeRow } from '../rows/system-rows.ts'
import type { StoredNodeRow } from '../schema.ts'
import type { DatabaseReader, MaintainedDatabase } from './maintained-database.ts'
import { transferTables } from './tables.ts'

/** All rows of a statement. */
async function allRows<Row>(reader: DatabaseReader, sql: string): Promise<Row[]> {
  const found: Row[] = []
  // The caller names the columns of the statement's text.
  for await (const row of reader.rows(sql)) found.push(row as Row)
  return found
}

export async function countRows(reader: DatabaseReader): Promise<RowCounts> {
  const present = await reader.tables()
  const counts: Record<string, number> = {}
  for (const table of transferTables) {
    if (!present.has(table)) continue
    const [row] = await allRows<{ n: number }>(reader, `select count(*) as n from ${table}`)
    counts[table] = row?.n ?? 0
  }
  return counts
}

async function versionOf(reader: DatabaseReader): Promise<string | null> {
  if (!(await reader.tables()).has('kysely_migration')) return null
  const [row] = await allRows<{ name: string }>(reader, 'select name from kysely_migration order by name desc limit 1')
  return row?.name ?? null
}

export async function statusWithin(reader: DatabaseReader, database: MaintainedDatabase): Promise<DatabaseStatus> {
  const { dialect, versions } = database
  const needed = versions.at(-1) ?? ''
  const version = await versionOf(reader)
  const rows = await countRows(reader)
  return { dialect, state: stateOf(version, versions), version, needed, rows }
}

function stateOf(version: string | null, versions: readonly string[]): DatabaseState {
  if (version === null) return 'EMPTY'
  if (version === versions.at(-1)) return 'CURRENT'
  // Versions are numbered; the first of PostgreSQL is later than that of SQLite.
  return version < (versions.at(-1) ?? '') ? 'OLDER' : 'NEWER'
}

/** Throws STORAGE_TOO_NEW or STORAGE_INVALID unless the database has the version that this program needs. */
export function assertCurrent({ state, version, needed }: DatabaseStatus): void {
  if (state === 'CURRENT') return
  if (state === 'NEWER') {
    const message = `The database is at version ${version}, this program knows versions up to ${needed}; use a newer toolyard`
    throw new RegistryError('STORAGE_TOO_NEW', message)
  }
  const found = state === 'EMPTY' ? 'it is empty' : `it is at version ${version}; migrate it first`
  throw new RegistryError('STORAGE_INVALID', `Expected a database at version ${needed}: ${found}`)
}

/** Throws STORAGE_INVALID, naming the process, if a live process has the database open. */
export async function assertUnused(reader: DatabaseReader, { now }: MaintainedDatabase): Promise<void> {
  const rows = await allRows<StoredNodeRow>(reader, `select *, expires_at - ${now} as lapses_in from owners`)
  const [first, ...others] = await livingNodes(rows.map(fromNodeRow))
  if (!first) return
  const who = first.process ? `the process ${first.process.pid} on ${first.process.host}` : 'a process'
  const more = others.length > 0 ? `, and ${others.length} more` : ''
  throw new RegistryError('STORAGE_INVALID', `The database is in use by ${who}${more}: stop it first`)
}
