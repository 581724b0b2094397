import type { Dispatcher } from 'undici'
import { isRegistryError, RegistryError } from '../../base/errors.ts'
import type { McpTimeouts } from '../../model/server.ts'
import type { DetectTransport } from '../../servers/detect-transport.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ConfigFilesApi } from '../api.ts'
import { detectTransports } from './detect-transports.ts'
import { toDocumentPath } from './document-path.ts'
import { targetOf } from './entry-target.ts'
import { parseImportInput } from './input.ts'
import { type PreparedEntry, prepareEntries, toCreateInput } from './prepare-entries.ts'
import { readSource } from './read-source.ts'
import type { ImportEntry } from './report.ts'
import { requiredVariables } from './required-variables.ts'
import { createEntryStore, type EntryStore, type StoredEntry } from './store-entry.ts'

export interface ImportDeps {
  readonly servers: ServerControl
  readonly dispatcher: () => Promise<Dispatcher>
  readonly detectTransport: DetectTransport
  /** Aborts when the registry is closed. */
  readonly closing: AbortSignal
  readonly options: { readonly timeouts: McpTimeouts; readonly onError: (error: unknown) => void }
}

/** Characters of an entry's name in the report. */
const maxReportedName = 255
/** Number of ignored members that the report names, by entry. */
const maxIgnored = 20
/** Member names that the report shows: in a broken file, others may be values, such as secrets. */
const memberName = /^[A-Za-z_][\w.$-]{0,99}$/

function canceled(signal: AbortSignal): RegistryError {
  if (isRegistryError(signal.reason)) return signal.reason
  return new RegistryError('CANCELED', 'The caller cancelled the import', { cause: signal.reason })
}

function unresolvedError(names: readonly string[], path: readonly string[]): RegistryError {
  const message = `The entry needs a value for ${names.join(', ')}; pass it in variables`
  return new RegistryError('IMPORT_UNRESOLVED', message, { path })
}

export function createImport(deps: ImportDeps): ConfigFilesApi['import'] {
  const { servers, dispatcher, closing, options } = deps

  async function storeEntry(store: EntryStore, entry: PreparedEntry, signal: AbortSignal): Promise<StoredEntry> {
    if (signal.aborted) throw canceled(signal)
    if ('error' in entry) throw entry.error
    const { unresolved } = entry.filled
    const error = unresolved.length > 0 ? unresolvedError(unresolved, []) : undefined
    try {
      return await store.store(toCreateInput(entry, options.timeouts), error)
    } catch (error) {
      throw isRegistryError(error) ? toDocumentPath(error, entry.path, entry.found.names) : error
    }
  }

  function failed(entry: PreparedEntry, error: unknown): Omit<ImportEntry, 'target' | 'ignored' | 'notes'> {
    const name = entry.name.slice(0, maxReportedName)
    if (!isRegistryError(error)) {
      options.onError(error)
      return { name, outcome: 'FAILED', error: { code: 'INTERNAL', message: 'Unexpected failure', path: entry.path } }
    }
    const { code, message, path = entry.path } = error
    return { name, outcome: 'FAILED', error: { code, message, path } }
  }

  /** Stores one entry after the other, as an entry may take the name of an earlier one. */
  async function storeAll(
    entries: readonly PreparedEntry[],
    store: EntryStore,
    signal: AbortSignal,
  ): Promise<readonly ImportEntry[]> {
    const reports: ImportEntry[] = []
    for (const entry of entries) {
      const report = await storeEntry(store, entry, signal).catch((error: unknown) => failed(entry, error))
      const notes = 'error' in entry ? [] : (entry.found.notes ?? [])
      const target = 'error' in entry ? {} : { target: targetOf(entry.found.config) }
      reports.push({ ...report, ...target, ignored: shownIgnored(entry), notes })
    }
    return reports
  }

  return async (input, { actor, signal: callers } = {}) => {
    const { source, dryRun, onConflict, variables } = parseImportInput(input)
    const signal = callers ? AbortSignal.any([callers, closing]) : closing
    if (signal.aborted) throw canceled(signal)
    const { format, found: document } = await readSource(source, dispatcher, signal)
    const prepared = prepareEntries(document, variables)
    const entries = dryRun ? prepared : await detectTransports(deps, prepared, onConflict, signal)
    if (signal.aborted) throw canceled(signal)
    const reports = await storeAll(entries, createEntryStore({ servers, dryRun, onConflict, actor }), signal)
    const uses = entries.flatMap((entry, index) =>
      'error' in entry || reports[index]?.outcome === 'SKIPPED' ? [] : entry.filled.uses,
    )
    return { entries: reports, requiredVariables: requiredVariables(uses, document.variables), detectedFormat: format }
  }
}

function shownIgnored(entry: PreparedEntry): readonly string[] {
  const ignored = 'error' in entry ? [] : entry.filled.ignored
  return ignored.slice(0, maxIgnored).map((name) => (memberName.test(name) ? name : '(another member)'))
}
