import { isRegistryError, type RegistryError } from '../../base/errors.ts'
import type { McpTimeouts } from '../../model/server.ts'
import { assertServerName, type CreateServerInput } from '../../servers/input.ts'
import type { SecretInput } from '../../servers/secret-input.ts'
import type { FoundDocument, FoundEntry, FoundServer } from '../formats/client-format.ts'
import { toDocumentPath } from './document-path.ts'
import { type FilledServer, fillServer } from './fill.ts'

/** An entry that can be stored once all its variables are given, or the error of one that cannot. */
export type PreparedEntry = { readonly name: string; readonly path: readonly string[] } & (
  | { readonly found: FoundServer; readonly filled: FilledServer }
  | { readonly error: RegistryError }
)
export type SoundEntry = Extract<PreparedEntry, { readonly found: FoundServer }>

type Variables = Readonly<Record<string, SecretInput>>

/** Fills in the variables of the entries, in order. An entry that fails does not stop the rest. */
export function prepareEntries(document: FoundDocument, given: Variables): readonly PreparedEntry[] {
  // All entries are read before one is filled, as each may declare variables of the others.
  const read = document.entries.map((entry) => attempt(entry, () => ({ found: entry.read() })))
  const fallbackOf = (name: string) => document.variables.get(name)?.fallback ?? null
  return read.map((entry) => {
    if ('error' in entry) return entry
    const { found, path } = entry
    const filled = () => {
      assertServerName(entry.name)
      return { found, filled: fillServer(found, { given, fallbackOf }) }
    }
    return attempt(entry, filled, (error) => toDocumentPath(error, path, found.names))
  })
}

function attempt<Result extends object>(
  { name, path }: Pick<FoundEntry, 'name' | 'path'>,
  work: () => Result,
  toError = (error: RegistryError) => error,
) {
  try {
    return { name, path, ...work() }
  } catch (error) {
    if (!isRegistryError(error)) throw error
    return { name, path, error: toError(error) }
  }
}

function timeoutsOf({ timeouts: { connectMs, requestMs } }: FoundServer, defaults: McpTimeouts): Partial<McpTimeouts> {
  const whole = requestMs === undefined ? undefined : Math.round(requestMs)
  return {
    ...(connectMs === undefined ? {} : { connectMs: Math.round(connectMs) }),
    ...(whole === undefined ? {} : { requestMs: whole }),
    // The total timeout of a call is never shorter than that of a request.
    ...(whole === undefined || whole <= defaults.maxTotalMs ? {} : { maxTotalMs: whole }),
  }
}

/** The input for `servers.create`, with the members that the file has. */
export function toCreateInput({ name, found, filled }: SoundEntry, defaults: McpTimeouts): CreateServerInput {
  const timeouts = timeoutsOf(found, defaults)
  return {
    name,
    config: filled.config,
    ...(found.description === null ? {} : { description: found.description }),
    ...(found.enabled === undefined ? {} : { enabled: found.enabled }),
    ...(Object.keys(timeouts).length > 0 ? { timeouts } : {}),
  }
}
