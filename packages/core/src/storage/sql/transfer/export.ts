import { RegistryError } from '../../../base/errors.ts'
import type { RowCounts } from '../../maintenance.ts'
import { endLine, headerLine, rowLine } from './lines.ts'
import type { DatabaseReader, MaintainedDatabase } from './maintained-database.ts'
import { assertCurrent, assertUnused, statusWithin } from './status.ts'
import { selectOf, transferTables } from './tables.ts'

export async function* linesWithin(
  reader: DatabaseReader,
  database: MaintainedDatabase,
): AsyncGenerator<string, RowCounts> {
  const status = await statusWithin(reader, database)
  assertCurrent(status)
  await assertUnused(reader, database)
  const obstacle = await database.obstacle(reader)
  if (obstacle !== undefined) throw new RegistryError('STORAGE_INVALID', obstacle)
  const counts: Record<string, number> = {}
  yield headerLine({ version: status.needed, at: new Date().toISOString() })
  for (const table of transferTables) {
    let count = 0
    for await (const row of reader.rows(selectOf(table))) {
      yield rowLine(table, row)
      count += 1
    }
    counts[table] = count
  }
  yield endLine(counts)
  return counts
}
