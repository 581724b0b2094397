import { readFileSync } from 'node:fs'
import { type PersistedOperations, schema } from '@toolyard/graphql'
import { createPersistedDocuments, ManifestError, parseManifest } from '@toolyard/graphql/internal'
import { getOperationAST, Kind, parse, validate } from 'graphql'
import type { Logger } from 'pino'
import { FileReadError, readRegularFile } from '../files/read-regular-file.ts'
import { type Settings, unusable } from '../settings/settings.ts'

/** Those of toolyard's own clients, the command line and the console, as they were printed when this version was made. */
export function ownOperations(): PersistedOperations {
  return parseManifest(readFileSync(new URL('../../persisted-operations.json', import.meta.url), 'utf8'))
}

function problemOf(error: unknown): string | undefined {
  if (error instanceof ManifestError || error instanceof TypeError) return error.message
  if (!(error instanceof FileReadError)) return undefined
  return error.code === 'ENOENT' ? 'expected a file, got none there' : error.message
}

/** Throws UsageError where the file is of no use. */
function readManifest(path: string, own: PersistedOperations): PersistedOperations {
  try {
    const operations = parseManifest(readRegularFile(path))
    // Told here, with the name of the file: what is no document, or has an id that is taken.
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
 * The operations that a server knows by an id: its own clients', and those of the file that its settings name. Tells of
 * each one that does not fit the schema, which is no reason not to serve. Throws UsageError for a file of no use.
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
