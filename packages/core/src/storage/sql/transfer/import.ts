import { invalidInput, isRegistryError, RegistryError } from '../../../base/errors.ts'
import { rewrap } from '../../../secrets/key-ring.ts'
import { type MasterKeys, toMasterKeys } from '../../../secrets/master-key.ts'
import type { ImportOptions, RowCounts } from '../../maintenance.ts'
import { fromSecretKeyRow, toSecretKeyRow } from '../rows/system-rows.ts'
import type { SecretKeyRow } from '../schema.ts'
import { badLine, parseLine } from './lines.ts'
import type { DatabaseWriter, MaintainedDatabase } from './maintained-database.ts'
import { assertUnused, countRows } from './status.ts'
import { columnsOf, type TransferRow, type TransferTable } from './tables.ts'

const batchRows = 500
/** Characters of the texts of a batch. */
const batchSize = 1_000_000

/** The master keys of this database, the first of which wraps, and then those of the source. */
async function masterKeysFor(
  { masterKeys }: MaintainedDatabase,
  { secretKey, sourceKeys = [] }: ImportOptions,
): Promise<MasterKeys> {
  const own = secretKey ?? (await masterKeys?.read(() => undefined))
  if (!own) throw invalidInput(['secretKey'], 'secretKey: expected a key, as this storage keeps no key file')
  return toMasterKeys([...own, ...sourceKeys])
}

function rewrapped(row: TransferRow, masterKeys: MasterKeys): TransferRow {
  // parseLine has checked its columns.
  const key = rewrap(fromSecretKeyRow(row as unknown as SecretKeyRow), masterKeys)
  if (key) return { ...toSecretKeyRow(key) }
  const message = `The data key ${row.id} was wrapped by the master key ${row.master_key_id}, which was not given. Nothing was imported; give it as a key of the source`
  throw new RegistryError('SECRET_UNREADABLE', message)
}

async function assertEmpty(writer: DatabaseWriter, database: MaintainedDatabase): Promise<void> {
  await assertUnused(writer, database)
  const found = Object.entries(await countRows(writer)).filter(([, count]) => count > 0)
  if (found.length === 0) return
  const rows = found.map(([table, count]) => `${count} of ${table}`).join(', ')
  throw new RegistryError('STORAGE_INVALID', `Expected an empty database, got one with rows: ${rows}`)
}

const sizeOf = (row: TransferRow) =>
  Object.values(row).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0)

/** Collects rows of one table into batches, and inserts them. */
function createBatches(writer: DatabaseWriter) {
  const counts: Record<string, number> = {}
  let rows: TransferRow[] = []
  let size = 0
  let table: TransferTable | undefined

  async function flush(number: number): Promise<void> {
    if (!table || rows.length === 0) return
    try {
      await writer.insert(table, columnsOf(table), rows)
    } catch (error) {
      if (isRegistryError(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      const where = `a row of ${table} in this line, or in the ${rows.length} lines before it`
      throw badLine(number, `the database rejects ${where}: ${reason}`, error)
    }
    counts[table] = (counts[table] ?? 0) + rows.length
    rows = []
    size = 0
  }

  return {
    counts,
    flush,
    async add(number: number, into: TransferTable, row: TransferRow): Promise<void> {
      if (into !== table) await flush(number - 1)
      table = into
      rows.push(row)
      size += sizeOf(row)
      if (rows.length >= batchRows || size >= batchSize) await flush(number)
    },
  }
}

/** Inserts the lines after the header. */
export async function importWithin(
  writer: DatabaseWriter,
  database: MaintainedDatabase,
  lines: AsyncIterator<string>,
  options: ImportOptions,
): Promise<RowCounts> {
  await assertEmpty(writer, database)
  const batches = createBatches(writer)
  let masterKeys: MasterKeys | undefined
  for (let number = 2; ; number += 1) {
    const next = await lines.next()
    if (next.done) throw badLine(number, 'expected the last line of an export: the export is cut off')
    const line = parseLine(next.value, number)
    if (line.kind === 'ROW' && line.table === 'secret_keys') {
      masterKeys ??= await masterKeysFor(database, options)
      await batches.add(number, line.table, rewrapped(line.row, masterKeys))
    } else if (line.kind === 'ROW') await batches.add(number, line.table, line.row)
    else if (line.kind === 'END') {
      await batches.flush(number - 1)
      assertWhole(line.rows, batches.counts, number)
      if (!(await lines.next()).done) throw badLine(number + 1, 'expected the end of the export, got another line')
      await writer.markAll()
      return line.rows
    }
  }
}

function assertWhole(declared: RowCounts, counts: RowCounts, number: number): void {
  const differs = new Set([...Object.keys(declared), ...Object.keys(counts)])
  for (const table of differs) {
    const [expected, found] = [declared[table] ?? 0, counts[table] ?? 0]
    if (expected !== found) throw badLine(number, `expected ${expected} rows of ${table} before it, got ${found}`)
  }
}
