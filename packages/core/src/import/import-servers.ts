import pLimit from 'p-limit'
import type { Dispatcher } from 'undici'
import { isRegistryError, RegistryError } from '../errors.ts'
import type { FoundServer } from '../formats/client-format.ts'
import type { ResolvedOptions } from '../options.ts'
import type { ImportEntry, Servers } from '../registry.ts'
import { assertServerName, type CreateServerInput } from '../servers/input.ts'
import type { McpTimeouts } from '../servers/server.ts'
import type { ServerControl } from '../servers/servers.ts'
import { startDeadline } from '../sessions/deadline.ts'
import { canceled, type DetectTransport } from './detect-transport.ts'
import { toDocumentPath } from './document-path.ts'
import { type FilledServer, fillServer } from './fill.ts'
import { type ImportConflictPolicy, parseImportInput } from './input.ts'
import { readSource } from './read-source.ts'
import { requiredVariables } from './required-variables.ts'
import { createStoring, type StoredEntry } from './store-entry.ts'

export interface ImportParts {
  readonly servers: ServerControl
  readonly dispatcher: Dispatcher
  readonly detectTransport: DetectTransport
  /** Aborts when the registry is closed. */
  readonly closing: AbortSignal
  readonly options: Pick<ResolvedOptions, 'timeouts' | 'onError'>
}

const detectionsAtATime = 8
/** For all of them together. */
const detectionMs = 60_000

/** An entry that can be stored, or the error of one that cannot. */
type Prepared = { readonly name: string; readonly path: readonly string[] } & (
  | { readonly found: FoundServer; readonly filled: FilledServer }
  | { readonly error: RegistryError }
)

function timeoutsOf(found: FoundServer, defaults: McpTimeouts): Partial<McpTimeouts> {
  const { connectMs, requestMs } = found.timeouts
  const whole = requestMs === undefined ? undefined : Math.round(requestMs)
  return {
    ...(connectMs === undefined ? {} : { connectMs: Math.round(connectMs) }),
    ...(whole === undefined ? {} : { requestMs: whole }),
    // The whole of a call is never shorter than one request of it.
    ...(whole === undefined || whole <= defaults.maxTotalMs ? {} : { maxTotalMs: whole }),
  }
}

function toInput(
  { name, found, filled }: { name: string; found: FoundServer; filled: FilledServer },
  defaults: McpTimeouts,
): CreateServerInput {
  const timeouts = timeoutsOf(found, defaults)
  return {
    name,
    config: filled.config,
    ...(found.description === null ? {} : { description: found.description }),
    ...(found.enabled === undefined ? {} : { enabled: found.enabled }),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}

const maxReportedName = 255
const maxIgnored = 20
const maxIgnoredLength = 100

function unresolvedError(names: readonly string[], path: readonly string[]): RegistryError {
  const message = `The entry needs a value for ${names.join(', ')}; pass it in variables`
  return new RegistryError('IMPORT_UNRESOLVED', message, { path })
}

export function createImport({
  servers,
  dispatcher,
  detectTransport,
  closing,
  options,
}: ImportParts): Servers['import'] {
  const { timeouts: defaults, onError } = options

  function failed({ name, path }: Prepared, error: unknown, ignored: readonly string[]): ImportEntry {
    if (!isRegistryError(error)) {
      onError(error)
      const fault = { code: 'INTERNAL', message: 'Unexpected failure', path } as const
      return { name: name.slice(0, maxReportedName), outcome: 'FAILED', error: fault, ignored }
    }
    const { code, message } = error
    return {
      name: name.slice(0, maxReportedName),
      outcome: 'FAILED',
      error: { code, message, path: error.path ?? path },
      ignored,
    }
  }

  /** Every URL without a transport, at the same time; what is not known in time stays Streamable HTTP. */
  async function detectAll(
    entries: readonly Prepared[],
    policy: ImportConflictPolicy,
    signal: AbortSignal,
  ): Promise<readonly Prepared[]> {
    using deadline = startDeadline(signal, [{ name: 'the time to find out transports', ms: detectionMs }])
    const limit = pLimit(detectionsAtATime)
    const detected = entries.map((entry) =>
      limit(async (): Promise<Prepared> => {
        if ('error' in entry || !entry.filled.isUndetermined || entry.filled.unresolved.length > 0) return entry
        const { config } = entry.filled
        if (config.transport === 'stdio' || deadline.signal.aborted) return entry
        if (policy === 'SKIP' && (await servers.getByName(entry.name))) return entry
        return { ...entry, filled: { ...entry.filled, config: await detectTransport(config, deadline.signal) } }
      }),
    )
    return await Promise.all(detected)
  }

  return async (input, { actor, signal: callers } = {}) => {
    const { source, dryRun, onConflict, variables } = parseImportInput(input)
    const signal = callers ? AbortSignal.any([callers, closing]) : closing
    if (signal.aborted) throw canceled(signal)
    const { format, found: document } = await readSource(source, dispatcher, signal)

    const read = document.entries.map((entry) => {
      try {
        return { ...entry, found: entry.read() }
      } catch (error) {
        if (!isRegistryError(error)) throw error
        return { ...entry, error }
      }
    })
    const fallbackOf = (name: string) => document.variables.get(name)?.fallback ?? null
    const prepared = read.map((entry): Prepared => {
      if ('error' in entry) return entry
      const { name, path, found } = entry
      try {
        assertServerName(name)
        return { name, path, found, filled: fillServer(found, { given: variables, fallbackOf }) }
      } catch (error) {
        if (!isRegistryError(error)) throw error
        return { name, path, error: toDocumentPath(error, path, found.names) }
      }
    })
    const entries = dryRun ? prepared : await detectAll(prepared, onConflict, signal)
    if (signal.aborted) throw canceled(signal)

    const storing = createStoring({ servers, dryRun, onConflict, actor })
    const reports: ImportEntry[] = []
    const uses: FilledServer['uses'][number][] = []
    for (const entry of entries) {
      const ignored = 'error' in entry ? [] : entry.filled.ignored
      const told = ignored.slice(0, maxIgnored).map((name) => name.slice(0, maxIgnoredLength))
      const settle = async (): Promise<StoredEntry> => {
        if (signal.aborted) throw canceled(signal)
        if ('error' in entry) throw entry.error
        const { unresolved } = entry.filled
        const toStore = toInput(entry, defaults)
        return storing(toStore, unresolved.length > 0 ? unresolvedError(unresolved, entry.path) : undefined)
      }
      try {
        const stored = await settle()
        reports.push({ ...stored, ignored: told })
        if (stored.outcome === 'SKIPPED') continue
      } catch (error) {
        const isOurs = !('error' in entry) && isRegistryError(error) && error.code !== 'IMPORT_UNRESOLVED'
        reports.push(failed(entry, isOurs ? toDocumentPath(error, entry.path, entry.found.names) : error, told))
      }
      if (!('error' in entry)) uses.push(...entry.filled.uses)
    }
    return { entries: reports, requiredVariables: requiredVariables(uses, document.variables), detectedFormat: format }
  }
}
