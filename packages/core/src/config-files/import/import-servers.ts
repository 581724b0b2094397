import pLimit from 'p-limit'
import type { Dispatcher } from 'undici'
import { startDeadline } from '../../base/deadline.ts'
import { isRegistryError, RegistryError } from '../../base/errors.ts'
import type { McpTimeouts } from '../../model/server.ts'
import type { DetectTransport } from '../../servers/detect-transport.ts'
import type { ServerControl } from '../../servers/servers.ts'
import type { ConfigFilesApi } from '../api.ts'
import { toDocumentPath } from './document-path.ts'
import { type ImportConflictPolicy, parseImportInput } from './input.ts'
import { type PreparedEntry, prepareEntries, toCreateInput } from './prepare-entries.ts'
import { readSource } from './read-source.ts'
import type { ImportEntry } from './report.ts'
import { requiredVariables } from './required-variables.ts'
import { createStoring, type StoredEntry } from './store-entry.ts'

export interface ImportDeps {
  readonly servers: ServerControl
  readonly dispatcher: Dispatcher
  readonly detectTransport: DetectTransport
  /** Aborts when the registry is closed. */
  readonly closing: AbortSignal
  readonly options: { readonly timeouts: McpTimeouts; readonly onError: (error: unknown) => void }
}

const detectionsAtATime = 8
/** For all of them together. */
const detectionMs = 60_000

const maxReportedName = 255
const maxIgnored = 20
/** Member names that are shown: in a broken file, anything else may be a value, such as a secret. */
const memberName = /^[A-Za-z_][\w.$-]{0,99}$/

function canceled(signal: AbortSignal): RegistryError {
  if (isRegistryError(signal.reason)) return signal.reason
  return new RegistryError('CANCELED', 'The caller cancelled the import', { cause: signal.reason })
}

function unresolvedError(names: readonly string[], path: readonly string[]): RegistryError {
  const message = `The entry needs a value for ${names.join(', ')}; pass it in variables`
  return new RegistryError('IMPORT_UNRESOLVED', message, { path })
}

export function createImport(parts: ImportDeps): ConfigFilesApi['import'] {
  const { servers, dispatcher, detectTransport, closing, options } = parts

  /** Every URL without a transport, several at a time; what is not known in time stays Streamable HTTP. */
  async function detectAll(
    entries: readonly PreparedEntry[],
    policy: ImportConflictPolicy,
    signal: AbortSignal,
  ): Promise<readonly PreparedEntry[]> {
    using deadline = startDeadline(signal, [{ name: 'the time to find out transports', ms: detectionMs }])
    const limit = pLimit(detectionsAtATime)
    const detected = entries.map((entry) =>
      limit(async (): Promise<PreparedEntry> => {
        if ('error' in entry || !entry.filled.isUndetermined || entry.filled.unresolved.length > 0) return entry
        const { config } = entry.filled
        if (config.transport === 'stdio' || deadline.signal.aborted) return entry
        if (policy === 'SKIP' && (await servers.getByName(entry.name))) return entry
        return { ...entry, filled: { ...entry.filled, config: await detectTransport(config, deadline.signal) } }
      }),
    )
    return await Promise.all(detected)
  }

  function failed(entry: PreparedEntry, error: unknown): Omit<ImportEntry, 'ignored' | 'notes'> {
    const name = entry.name.slice(0, maxReportedName)
    if (!isRegistryError(error)) {
      options.onError(error)
      return { name, outcome: 'FAILED', error: { code: 'INTERNAL', message: 'Unexpected failure', path: entry.path } }
    }
    const { code, message, path = entry.path } = error
    return { name, outcome: 'FAILED', error: { code, message, path } }
  }

  return async (input, { actor, signal: callers } = {}) => {
    const { source, dryRun, onConflict, variables } = parseImportInput(input)
    const signal = callers ? AbortSignal.any([callers, closing]) : closing
    if (signal.aborted) throw canceled(signal)
    const { format, found: document } = await readSource(source, dispatcher, signal)
    const prepared = prepareEntries(document, variables)
    const entries = dryRun ? prepared : await detectAll(prepared, onConflict, signal)
    if (signal.aborted) throw canceled(signal)

    const store = createStoring({ servers, dryRun, onConflict, actor })
    async function settle(entry: PreparedEntry): Promise<StoredEntry> {
      if (signal.aborted) throw canceled(signal)
      if ('error' in entry) throw entry.error
      const { unresolved } = entry.filled
      const why = unresolved.length > 0 ? unresolvedError(unresolved, []) : undefined
      try {
        return await store(toCreateInput(entry, options.timeouts), why)
      } catch (error) {
        throw isRegistryError(error) ? toDocumentPath(error, entry.path, entry.found.names) : error
      }
    }

    const reports: ImportEntry[] = []
    // One after the other: an entry may take the name of one before it.
    for (const entry of entries) {
      const ignored = 'error' in entry ? [] : entry.filled.ignored
      const notes = 'error' in entry ? [] : (entry.found.notes ?? [])
      const report = await settle(entry).catch((error: unknown) => failed(entry, error))
      const told = ignored.slice(0, maxIgnored).map((name) => (memberName.test(name) ? name : '(another member)'))
      reports.push({ ...report, ignored: told, notes })
    }
    const uses = entries.flatMap((entry, index) =>
      'error' in entry || reports[index]?.outcome === 'SKIPPED' ? [] : entry.filled.uses,
    )
    return { entries: reports, requiredVariables: requiredVariables(uses, document.variables), detectedFormat: format }
  }
}
