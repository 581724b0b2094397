import { readFileSync } from 'node:fs'
import { type PersistedOperations, schema } from '@toolyard/graphql'
import { createPersistedDocuments, ManifestError, parseManifest } from '@toolyard/graphql/internal'
import { getOperationAST, Kind, parse, validate } from 'graphql'
import type { Logger } from 'pino'
import { FileReadError, readRegularFile } from '../files/read-regular-file.ts'
import { type Settings, unusable } from '../settings/settings.ts'

/** Reads the operations of toolyard's own clients, the command line and the console, as printed for this version. */
export function ownOperations(): PersistedOperations {
  return parseManifest(readFileSync(new URL('../../persisted-operations.json', import.meta.url), 'utf8'))
}

function problemOf(error: unknown): string | undefined {
  if (error instanceof ManifestError || error instanceof TypeError) return error.message
  if (!(error instanceof FileReadError)) return undefined
  return error.code === 'ENOENT' ? 'expected a file, got none there' : error.message
}

/** Throws UsageError if the file cannot be used. */
function readManifest(path: string, own: PersistedOperations): PersistedOperations {
  try {
    const operations = parseManifest(readRegularFile(path))
    // Checked here, to name the file in the error: invalid documents, and ids that are taken.
    createPersistedDocuments({ ...own, ...operations })
    return operations
  } catch (error) {
    const problem = problemOf(error)
    throw problem === undefined ? error : unusable('persistedOperationsPath', path, problem)
  }
}

function warnOfUnfit(operations: PersistedOperations, log: Logger): void {
  for (const [id, text] of Object.entries(operations)) {
    const document = parse(text)
    const [error] = validate(schema, document)
    if (!error) continue
    const name = getOperationAST(document)?.name?.value ?? null
    log.warn({ id, operation: name, reason: error.message }, 'a persisted operation does not fit the schema')
  }
}

/**
 * Reads the operations that a server knows by id: those of toolyard's own clients, and those of the file in the
 * settings. Warns of each one that does not fit the schema, and serves all the same. Throws UsageError if the file
 * cannot be used.
 */
export function readPersistedOperations(
  { persistedOperationsPath: path }: Pick<Settings, 'persistedOperationsPath'>,
  log: Logger,
): PersistedOperations {
  const own = ownOperations()
  if (path === undefined) return own
  const operations = readManifest(path, own)
  warnOfUnfit(operations, log)
  return { ...own, ...operations }
}

/** The names of all operations in the documents. */
export function operationNamesOf(operations: PersistedOperations): ReadonlySet<string> {
  const definitions = Object.values(operations).flatMap((text) => parse(text).definitions)
  return new Set(
    definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION && each.name ? [each.name.value] : [])),
  )
}
