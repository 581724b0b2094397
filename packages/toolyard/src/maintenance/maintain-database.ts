import { existsSync } from 'node:fs'
import { type DatabaseStatus, isRegistryError, parseMasterKey, type RowCounts } from '@toolyard/core'
import { UsageError } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import { FileReadError, readRegularFile } from '../files/read-regular-file.ts'
import { type DatabaseLocation, nameOfDatabase } from '../settings/database.ts'
import { assertKey, readDatabase, unusableDatabase } from '../settings/database-settings.ts'
import { databaseFault } from '../storage/database-fault.ts'
import { storageAt } from '../storage/storage-at.ts'
import { fileSink, linesOf, streamSink } from './export-file.ts'

export interface DatabaseFlags {
  readonly databaseUrl?: string
  readonly json?: boolean
}
export interface ExportFlags extends DatabaseFlags {
  readonly out?: string
}
export interface ImportFlags extends DatabaseFlags {
  readonly fromKeyFile?: string
}

/** Interval between updates of the progress, in ms. */
const progressMs = 200
/** Maximum size of a key file, in bytes, as in core. */
const maxKeyFileBytes = 64 * 1024

/** Shows the number of lines on a terminal. */
function createProgress(verb: string) {
  const { stderr } = process
  let rows = 0
  let shownAt = 0
  return {
    add() {
      rows += 1
      if (!stderr.isTTY || performance.now() - shownAt < progressMs) return
      shownAt = performance.now()
      stderr.write(`\r${verb} ${rows} lines`)
    },
    end: () => void (stderr.isTTY && shownAt > 0 && stderr.write('\r\u{1b}[K')),
  }
}

const total = (rows: RowCounts) => Object.values(rows).reduce((sum, count) => sum + count, 0)

/** Maps errors of the database and the file to UsageError or UnreachableError; returns other errors unchanged. */
function asFault(error: unknown, location: DatabaseLocation, file?: string): unknown {
  if (isRegistryError(error, 'INVALID_INPUT')) {
    return new UsageError(
      file !== undefined && error.path?.[0] === 'lines' ? `${file}: ${error.message}` : error.message,
    )
  }
  if (isRegistryError(error, 'SECRET_UNREADABLE')) {
    const advice = 'give the key of the database that was exported by TOOLYARD_SECRET_KEY=NEW,OLD or --from-key-file'
    return new UsageError(`${error.message}; ${advice}`)
  }
  return databaseFault(error, location)
}

/** Reads the place of the database, and refuses one in memory, which has nothing to maintain. */
function locationOf({ databaseUrl }: DatabaseFlags, env: NodeJS.ProcessEnv) {
  const where = readDatabase(databaseUrl, env)
  const { database } = where
  if (database.kind === 'SQLITE' && database.path === ':memory:') {
    throw unusableDatabase(database, 'expected a database that outlives the process')
  }
  return where
}

function assertThere(location: DatabaseLocation): void {
  if (location.kind === 'SQLITE' && !existsSync(location.path)) {
    throw unusableDatabase(location, 'there is no such file')
  }
}

const states: Readonly<Record<DatabaseStatus['state'], (status: DatabaseStatus) => string>> = {
  EMPTY: ({ needed }) => `empty; toolyard db migrate brings it to ${needed}`,
  OLDER: ({ version, needed }) => `at version ${version}; toolyard db migrate brings it to ${needed}`,
  CURRENT: ({ version }) => `at version ${version}, which this program needs`,
  NEWER: ({ version, needed }) => `at version ${version}; this program knows versions up to ${needed}`,
}

function inWords(location: DatabaseLocation, status: DatabaseStatus): string {
  const dialect = status.dialect === 'SQLITE' ? 'SQLite' : 'PostgreSQL'
  const counts = Object.entries(status.rows).map(([table, count]) => `${table.replaceAll('_', ' ').padEnd(16)}${count}`)
  return [`${nameOfDatabase(location)}: ${dialect}, ${states[status.state](status)}`, ...counts].join('\n')
}

export async function status(flags: DatabaseFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const { database } = locationOf(flags, env)
  assertThere(database)
  const found = await storageAt(database)
    .maintenance.status()
    .catch((error: unknown) => {
      throw asFault(error, database)
    })
  return flags.json ? JSON.stringify(found) : inWords(database, found)
}

export async function migrate(flags: DatabaseFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const { database } = locationOf(flags, env)
  const result = await storageAt(database)
    .maintenance.migrate()
    .catch((error: unknown) => {
      throw asFault(error, database)
    })
  if (flags.json) return JSON.stringify(result)
  const { from, to } = result
  return from === to
    ? `The database is at version ${to} already`
    : `From ${from ?? 'an empty database'} to version ${to}`
}

/** Writes the lines to the file, or to stdout; then the summary goes to stderr. */
export async function exportAll(
  flags: ExportFlags,
  { env, stdout, stderr }: Pick<ProgramProcess, 'env' | 'stdout' | 'stderr'>,
): Promise<void> {
  const { database } = locationOf(flags, env)
  assertThere(database)
  const sink = flags.out === undefined ? streamSink(stdout) : await fileSink(flags.out)
  const progress = createProgress('Exported')
  const lines = storageAt(database).maintenance.exportLines()
  try {
    let next = await lines.next()
    for (; !next.done; next = await lines.next()) {
      await sink.write(next.value)
      progress.add()
    }
    await sink.finish()
    progress.end()
    const rows = next.value
    const summary = flags.json ? JSON.stringify(rows) : `Exported ${total(rows)} rows of ${nameOfDatabase(database)}`
    const said = flags.out === undefined ? stderr : stdout
    said.write(`${summary}\n`)
  } catch (error) {
    progress.end()
    await sink.abandon()
    throw asFault(error, database)
  } finally {
    await lines.return({})
  }
}

function textOfKeyFile(path: string): string {
  try {
    return readRegularFile(path, maxKeyFileBytes)
  } catch (error) {
    throw error instanceof FileReadError ? new UsageError(`--from-key-file: ${path} ${error.message}`) : error
  }
}

function keysIn(path: string): readonly Uint8Array[] {
  const text = textOfKeyFile(path)
  const keys = text.trimEnd().split('\n').map(parseMasterKey)
  if (keys.every((key) => key !== undefined)) return keys
  throw new UsageError(`--from-key-file: expected keys of 32 bytes in base64, one a line, in ${path}`)
}

export async function importAll(file: string, flags: ImportFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const where = locationOf(flags, env)
  assertKey(where)
  const { database, secretKey } = where
  const sourceKeys = flags.fromKeyFile === undefined ? [] : keysIn(flags.fromKeyFile)
  const progress = createProgress('Read')
  async function* counted(): AsyncGenerator<string> {
    for await (const line of linesOf(file)) {
      progress.add()
      yield line
    }
  }
  try {
    const options = { ...(secretKey ? { secretKey } : {}), sourceKeys }
    const rows = await storageAt(database).maintenance.importLines(counted(), options)
    progress.end()
    return flags.json ? JSON.stringify(rows) : `Imported ${total(rows)} rows into ${nameOfDatabase(database)}`
  } catch (error) {
    progress.end()
    throw asFault(error, database, file)
  }
}
