import { invalidInput } from './errors.ts'
import type { McpTimeouts } from './servers/server.ts'
import { memoryStorage } from './storage/memory.ts'
import type { StorageAdapter } from './storage/storage.ts'

export interface RegistryOptions {
  /** Where the registry keeps what it knows. @default memoryStorage() */
  readonly storage?: StorageAdapter
  /** For servers that do not set their own, in ms. @default { connectMs: 30_000, requestMs: 60_000, maxTotalMs: 600_000 } */
  readonly timeouts?: Partial<McpTimeouts>
  /** How many characters of a result's text and structured content are kept for a tool that sets no limit. @default 1_000_000 */
  readonly returnCharLimit?: number
  /** How many refreshes run at a time; more wait QUEUED. @default 8 */
  readonly refreshConcurrency?: number
  /** About how many events of the feed of servers are kept for those who come back with a cursor. @default 10_000 */
  readonly eventRetention?: number
  /** How long a connection that nobody uses stays open, in ms; 0 keeps none, Infinity keeps all. @default 300_000 */
  readonly sessionIdleMs?: number
  /** How this client calls itself to MCP servers. @default { name: 'toolyard', version } */
  readonly clientInfo?: { readonly name: string; readonly version: string }
  /** Hears of faults in work that nobody waits for; throwing in it is not caught. @default ignores them: the job's record has them too */
  readonly onError?: (error: unknown) => void
}

export interface ResolvedOptions {
  readonly storage: StorageAdapter
  readonly timeouts: McpTimeouts
  readonly returnCharLimit: number
  readonly refreshConcurrency: number
  readonly eventRetention: number
  readonly sessionIdleMs: number
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly onError: (error: unknown) => void
}

/** The version of this package, as told to MCP servers and in `registryInfo`. */
export const version = '0.1.0'

const maxTimeoutMs = 86_400_000

interface Range {
  readonly min: number
  readonly max: number
}

function integer(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalidInput([name], `${name}: expected a whole number from ${min} to ${max}, got ${String(value)}`)
}

/** Checks the options once, so that nobody has to do so again. Throws INVALID_INPUT naming the option, what it got and what it takes. */
export function resolveOptions(options: RegistryOptions): ResolvedOptions {
  const timeouts = checkTimeouts('timeouts', {
    connectMs: 30_000,
    requestMs: 60_000,
    maxTotalMs: 600_000,
    ...options.timeouts,
  })
  const { sessionIdleMs = 300_000 } = options
  return Object.freeze({
    storage: options.storage ?? memoryStorage(),
    timeouts,
    returnCharLimit: integer('returnCharLimit', options.returnCharLimit ?? 1_000_000, { min: 1, max: 2 ** 31 - 1 }),
    refreshConcurrency: integer('refreshConcurrency', options.refreshConcurrency ?? 8, { min: 1, max: 1_000 }),
    eventRetention: integer('eventRetention', options.eventRetention ?? 10_000, { min: 1, max: 10_000_000 }),
    sessionIdleMs:
      sessionIdleMs === Number.POSITIVE_INFINITY
        ? sessionIdleMs
        : integer('sessionIdleMs', sessionIdleMs, { min: 0, max: 2 ** 31 - 1 }),
    clientInfo: options.clientInfo ?? { name: 'toolyard', version },
    onError: options.onError ?? (() => undefined),
  })
}

/** INVALID_INPUT where a member is out of range, or the total is shorter than one request. */
export function checkTimeouts(name: string, timeouts: McpTimeouts): McpTimeouts {
  const range = { min: 1, max: maxTimeoutMs }
  const checked = {
    connectMs: integer(`${name}.connectMs`, timeouts.connectMs, range),
    requestMs: integer(`${name}.requestMs`, timeouts.requestMs, range),
    maxTotalMs: integer(`${name}.maxTotalMs`, timeouts.maxTotalMs, range),
  }
  if (checked.maxTotalMs < checked.requestMs) {
    const message = `${name}.maxTotalMs: expected at least requestMs (${checked.requestMs}), got ${checked.maxTotalMs}`
    throw invalidInput([name, 'maxTotalMs'], message)
  }
  return Object.freeze(checked)
}
