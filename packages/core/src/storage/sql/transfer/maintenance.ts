import { RegistryError } from '../../../base/errors.ts'
import type { DatabaseStatus, ImportOptions, RowCounts, StorageMaintenance } from '../../maintenance.ts'
import { linesWithin } from './export.ts'
import { importWithin } from './import.ts'
import { badLine, parseHeader } from './lines.ts'
import type { MaintainedDatabase } from './maintained-database.ts'
import { assertCurrent, assertUnused, statusWithin } from './status.ts'

export function createMaintenance(database: MaintainedDatabase): StorageMaintenance {
  async function status(): Promise<DatabaseStatus> {
    await using reader = await database.read()
    return await statusWithin(reader, database)
  }

  /** Runs before an export changes anything. */
  async function assertExportable(): Promise<void> {
    await using reader = await database.read()
    assertCurrent(await statusWithin(reader, database))
    await assertUnused(reader, database)
  }

  /** Migrates an empty database to the current version. Throws STORAGE_INVALID for an older one, which is in use. */
  async function prepareTarget(): Promise<void> {
    const { state, version, needed } = await status()
    if (state === 'OLDER') {
      const message = `Expected an empty database, got one at version ${version} (this program needs ${needed})`
      throw new RegistryError('STORAGE_INVALID', message)
    }
    await database.migrate()
  }

  async function importLines(lines: AsyncIterable<string>, options: ImportOptions = {}): Promise<RowCounts> {
    const iterator = lines[Symbol.asyncIterator]()
    try {
      const first = await iterator.next()
      const { version } = parseHeader(first.done ? '' : first.value)
      const needed = database.versions.at(-1)
      if (version !== needed) {
        const advice = 'migrate its database with this program (toolyard db migrate), and export it again'
        throw badLine(1, `the export is of version ${version}, this program takes ${needed}: ${advice}`)
      }
      await prepareTarget()
      await using writer = await database.write()
      const counts = await importWithin(writer, database, iterator, options)
      await writer.commit()
      return counts
    } finally {
      await iterator.return?.()
    }
  }

  return {
    status,
    importLines,
    async migrate() {
      const { version: from, needed: to } = await status()
      await database.migrate()
      return { from, to }
    },
    async *exportLines() {
      await assertExportable()
      await database.recover()
      await using reader = await database.read()
      return yield* linesWithin(reader, database)
    },
  }
}
