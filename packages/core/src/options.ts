import type { Budgets } from './budgets/budget-table.ts'
import { resolveBudgets } from './budgets/resolve-budgets.ts'
import { invalidInput } from './errors.ts'
import { kindOf } from './json.ts'
import { assertKnownOptions } from './known-options.ts'
import { createNetworkPolicy, type NetworkPolicy } from './network/network-policy.ts'
import { type ProxyOptions, type ResolvedProxies, resolveProxies } from './network/proxy-options.ts'
import { type MasterKeys, toMasterKeys } from './secrets/master-key.ts'
import type { SecretEnv, SecretProvider } from './secrets/secret-sources.ts'
import { checkedEnv } from './servers/env-policy.ts'
import type { McpTimeouts } from './servers/server.ts'
import { memoryStorage } from './storage/memory.ts'
import type { StorageAdapter } from './storage/storage.ts'
import type { RegistryObserver } from './telemetry/observer.ts'
import {
  type ResolvedTelemetryOptions,
  resolveTelemetry,
  type TelemetryOptions,
} from './telemetry/telemetry-options.ts'
import type { RecordPolicy } from './tools/tool.ts'

export interface RegistryOptions {
  /** Where the registry keeps what it knows. @default memoryStorage() */
  readonly storage?: StorageAdapter
  /** For servers that do not set their own, in ms. @default { connectMs: 30_000, requestMs: 60_000, maxTotalMs: 600_000 }, and at most `budgets.deadlineMs` */
  readonly timeouts?: Partial<McpTimeouts>
  /** How many characters of a result's text and structured content are kept for a tool that sets no limit. @default 1_000_000 */
  readonly returnCharLimit?: number
  /** How long an idempotency key answers its run, in ms. @default 24 hours */
  readonly idempotencyKeyMs?: number
  /** What is recorded of runs, and for how long runs and refreshes are kept. */
  readonly history?: HistoryOptions
  /** Whether all enabled servers are refreshed once the registry is open. @default false */
  readonly refreshOnStart?: boolean
  /**
   * What is taken from outside at most: bytes, values, counts and times, each by the name that errors and metrics have.
   * @default those of `budgetTable`
   */
  readonly budgets?: Partial<Budgets>
  /**
   * Where several machines share the storage: how long a registry may be silent, in ms, until others take it for gone and
   * settle what it worked on. It tells of itself three times as often.
   * @default 15_000
   */
  readonly leaseMs?: number
  /** About how many events of the feed of servers are kept for those who come back with a cursor. @default 10_000 */
  readonly eventRetention?: number
  /** How connections to MCP servers are kept. */
  readonly sessions?: SessionOptions
  /**
   * Which addresses HTTP servers may have: `*` all, `public` public ones, and beside it addresses, ranges (`10.1.0.0/16`)
   * and host names that may be reached as well. Checked on the address that is dialled. @default ['*']
   */
  readonly network?: readonly string[]
  /**
   * Proxies to HTTP servers. With a `network` other than `*`, names are looked up here, and the proxy is asked for a tunnel
   * to the address that was checked. @default none: the environment is not read
   */
  readonly proxy?: ProxyOptions
  /**
   * The key that protects the stored secrets, 32 bytes; or the new one followed by old ones, which are then no longer
   * needed once a registry was opened with them. @default one kept beside the storage: a SQLite file has a file beside it; in memory, a random one
   */
  readonly secretKey?: Uint8Array | readonly Uint8Array[]
  /** Environment variables that `{ env: NAME }` may read. @default none */
  readonly secretEnv?: SecretEnv
  /** What `{ provider: REFERENCE }` is read from. @default none: such secrets are refused */
  readonly secretProvider?: SecretProvider
  /** What stdio servers may run, and what their children may be given. */
  readonly stdio?: StdioOptions
  /** How this client calls itself to MCP servers. @default { name: 'toolyard', version } */
  readonly clientInfo?: { readonly name: string; readonly version: string }
  /** Spans and metrics over `@opentelemetry/api`; where no SDK is registered they cost next to nothing. */
  readonly telemetry?: TelemetryOptions
  /** Hears of MCP requests, jobs and events, for metrics and logs of one's own. @default nobody */
  readonly observer?: RegistryObserver
  /** Hears of faults in work that nobody waits for; throwing in it is not caught. @default ignores them: the job's record has them too */
  readonly onError?: (error: unknown) => void
}

/** What is recorded of runs, and for how long runs and refreshes are kept. */
export interface HistoryOptions {
  /**
   * Of the args of runs; a tool may say otherwise. KEEP: all. REDACT: names of members and lengths of lists, without the
   * values. DROP: nothing. @default KEEP
   */
  readonly args?: RecordPolicy
  /**
   * Of the results, likewise; who runs a tool gets all of its result in any case. Progress and log lines are events of the
   * run, and stay as they came. @default KEEP
   */
  readonly results?: RecordPolicy
  /** Runs and refreshes that ended are removed this long after they were created, with their events, in ms; Infinity: never. @default 30 days */
  readonly maxAgeMs?: number
  /** About how many runs are kept, and as many refreshes; the newest refresh of a server always is. Infinity: all. @default 1_000_000 */
  readonly maxCount?: number
}

export type ResolvedHistoryOptions = Required<HistoryOptions>

/** What stdio servers may run, and what their children may be given. */
export interface StdioOptions {
  /**
   * Commands: `*` all, none of them without an entry. A name is looked for in this process's `PATH`, a path has to be
   * absolute; the file that a server's command comes to has to be one of these. @default ['*']
   */
  readonly commands?: readonly string[]
  /**
   * Environment variables that servers may be given: `NAME`, or `COMMAND:NAME` for one command, with `*` as a wildcard;
   * COMMAND is a name or an absolute path. All others are refused with INVALID_INPUT. Where commands are restricted,
   * `PATH` is refused in any case. @default ['*'] where any command may run, else none
   */
  readonly allowEnv?: readonly string[]
  /**
   * Folders in and below which servers may run (`cwd`), as absolute paths; `*` all. Others are refused with INVALID_INPUT.
   * @default ['*'] where any command may run, else none: they run in the folder of this process
   */
  readonly allowCwd?: readonly string[]
  /**
   * Variables that the child of every stdio server gets, by name: under its own, and never in place of PATH, HOME and the
   * like. `npx` and `docker` need those of a proxy. @default none
   */
  readonly env?: Readonly<Record<string, string>>
  /** What each process of a stdio server may take. Needs `prlimit` (util-linux) in this process's `PATH`. @default none */
  readonly limits?: StdioLimits
}

/** What the system lets a process take, and each that it starts again as much. */
export interface StdioLimits {
  /** Of data: heap, stacks and private memory (RLIMIT_DATA). What asks for more gets none; Node.js needs some 600 MiB to start. */
  readonly memoryBytes?: number
  /** Of the processor, over the whole of its life (RLIMIT_CPU). What takes more is ended by SIGXCPU. */
  readonly cpuSeconds?: number
}

/** How connections to MCP servers are kept. */
export interface SessionOptions {
  /** How long a session that nobody uses stays open, in ms; 0 keeps none, Infinity keeps all. @default 300_000 */
  readonly idleMs?: number
  /**
   * How long a connection over HTTP may be silent while no request waits on it, in ms: the stream of notifications is then
   * opened anew, and what explains a refusal is cut. A request that waits has its own deadlines. @default 60_000
   */
  readonly idleBytesMs?: number
  /** Ping open sessions, with so many ms between two rounds. @default never */
  readonly healthCheckMs?: number
}

export interface ResolvedSessionOptions extends Required<Omit<SessionOptions, 'healthCheckMs'>> {
  readonly healthCheckMs: number | undefined
}

export interface ResolvedOptions {
  readonly storage: StorageAdapter
  readonly timeouts: McpTimeouts
  readonly returnCharLimit: number
  readonly idempotencyKeyMs: number
  readonly history: ResolvedHistoryOptions
  readonly refreshOnStart: boolean
  readonly budgets: Budgets
  readonly leaseMs: number
  readonly eventRetention: number
  readonly sessions: ResolvedSessionOptions
  readonly network: NetworkPolicy
  readonly proxies: ResolvedProxies | undefined
  readonly secretKey: MasterKeys | undefined
  readonly secretEnv: SecretEnv
  readonly secretProvider: SecretProvider | undefined
  readonly stdio: Required<StdioOptions>
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly telemetry: ResolvedTelemetryOptions
  readonly observer: RegistryObserver
  readonly onError: (error: unknown) => void
}

/** The version of this package, as told to MCP servers and in `registryInfo`. */
export const version = '0.2.0'

const dayMs = 86_400_000
const maxTimeoutMs = dayMs
const maxTimerMs = 2 ** 31 - 1

interface Range {
  readonly min: number
  readonly max: number
}

function integer(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalidInput(name.split('.'), `${name}: expected a whole number from ${min} to ${max}, got ${String(value)}`)
}

// Each member once: what a type lacks is not known at run time.
const known: Readonly<Record<keyof Required<RegistryOptions>, true>> = {
  storage: true,
  timeouts: true,
  returnCharLimit: true,
  idempotencyKeyMs: true,
  history: true,
  refreshOnStart: true,
  budgets: true,
  leaseMs: true,
  eventRetention: true,
  sessions: true,
  network: true,
  proxy: true,
  secretKey: true,
  secretEnv: true,
  secretProvider: true,
  stdio: true,
  clientInfo: true,
  telemetry: true,
  observer: true,
  onError: true,
}
const knownTimeouts: Readonly<Record<keyof McpTimeouts, true>> = { connectMs: true, requestMs: true, maxTotalMs: true }
const knownHistory: Readonly<Record<keyof HistoryOptions, true>> = {
  args: true,
  results: true,
  maxAgeMs: true,
  maxCount: true,
}
const knownSessions: Readonly<Record<keyof SessionOptions, true>> = {
  idleMs: true,
  idleBytesMs: true,
  healthCheckMs: true,
}
const knownProxy: Readonly<Record<keyof ProxyOptions, true>> = { httpProxy: true, httpsProxy: true, noProxy: true }
const knownStdio: Readonly<Record<keyof StdioOptions, true>> = {
  commands: true,
  allowEnv: true,
  allowCwd: true,
  env: true,
  limits: true,
}

/** INVALID_INPUT for a name that is none: most often it is misspelt, and what it should say would not hold. */
function assertKnown(options: RegistryOptions): void {
  const namesOf = (table: object) => Object.keys(table)
  assertKnownOptions('options', options, namesOf(known))
  assertKnownOptions('options.timeouts', options.timeouts ?? {}, namesOf(knownTimeouts))
  assertKnownOptions('options.history', options.history ?? {}, namesOf(knownHistory))
  assertKnownOptions('options.sessions', options.sessions ?? {}, namesOf(knownSessions))
  assertKnownOptions('options.proxy', options.proxy ?? {}, namesOf(knownProxy))
  assertKnownOptions('options.stdio', options.stdio ?? {}, namesOf(knownStdio))
  const { storage } = options
  if (storage !== undefined && typeof storage?.open !== 'function') {
    const message = `storage: expected a storage such as sqliteStorage({ path }), got ${kindOf(storage)}`
    throw invalidInput(['storage'], message)
  }
}

/** Checks the options once, so that nobody has to do so again. Throws INVALID_INPUT naming the option, what it got and what it takes. */
export function resolveOptions(options: RegistryOptions): ResolvedOptions {
  assertKnown(options)
  const budgets = resolveBudgets(options.budgets ?? {})
  return Object.freeze({
    storage: options.storage ?? memoryStorage(),
    timeouts: resolveTimeouts(options.timeouts ?? {}, budgets),
    returnCharLimit: integer('returnCharLimit', options.returnCharLimit ?? 1_000_000, { min: 1, max: 2 ** 31 - 1 }),
    idempotencyKeyMs: integer('idempotencyKeyMs', options.idempotencyKeyMs ?? dayMs, { min: 1, max: 3_650 * dayMs }),
    history: resolveHistory(options.history ?? {}),
    refreshOnStart: options.refreshOnStart ?? false,
    leaseMs: integer('leaseMs', options.leaseMs ?? 15_000, { min: 1_000, max: maxTimerMs }),
    budgets,
    eventRetention: integer('eventRetention', options.eventRetention ?? 10_000, { min: 1, max: 10_000_000 }),
    sessions: resolveSessions(options.sessions ?? {}),
    network: createNetworkPolicy(options.network ?? ['*']),
    proxies: resolveProxies(options.proxy ?? {}),
    secretKey: options.secretKey && toMasterKeys(options.secretKey),
    secretEnv: resolveSecretEnv(options.secretEnv),
    secretProvider: options.secretProvider,
    stdio: resolveStdio(options.stdio ?? {}),
    clientInfo: options.clientInfo ?? { name: 'toolyard', version },
    telemetry: resolveTelemetry(options.telemetry ?? {}),
    observer: options.observer ?? {},
    onError: options.onError ?? (() => undefined),
  })
}

function resolveTimeouts(options: Partial<McpTimeouts>, { deadlineMs }: Budgets): McpTimeouts {
  const given = checkPartialTimeouts('timeouts', options)
  const over = (['connectMs', 'requestMs', 'maxTotalMs'] as const).find((key) => (given[key] ?? 0) > deadlineMs)
  if (over !== undefined) {
    const message = `timeouts.${over}: expected at most budgets.deadlineMs (${deadlineMs}), got ${given[over]}`
    throw invalidInput(['timeouts', over], message)
  }
  return checkTimeouts('timeouts', {
    connectMs: Math.min(30_000, deadlineMs),
    requestMs: Math.min(60_000, deadlineMs),
    maxTotalMs: Math.min(600_000, deadlineMs),
    ...given,
  })
}

function resolveHistory({ args = 'KEEP', results = 'KEEP', ...kept }: HistoryOptions): ResolvedHistoryOptions {
  const { maxAgeMs = 30 * dayMs, maxCount = 1_000_000 } = kept
  const upTo = (name: string, value: number) =>
    value === Number.POSITIVE_INFINITY ? value : integer(`history.${name}`, value, { min: 1, max: 3_650 * dayMs })
  return Object.freeze({
    args: recordPolicy('args', args),
    results: recordPolicy('results', results),
    maxAgeMs: upTo('maxAgeMs', maxAgeMs),
    maxCount: upTo('maxCount', maxCount),
  })
}

function recordPolicy(name: string, value: unknown): RecordPolicy {
  if (value === 'KEEP' || value === 'REDACT' || value === 'DROP') return value
  throw invalidInput(['history', name], `history.${name}: expected KEEP, REDACT or DROP, got ${String(value)}`)
}

function resolveSecretEnv(env: SecretEnv = { names: [], read: () => undefined }): SecretEnv {
  const isList = Array.isArray(env.names) && env.names.every((name) => typeof name === 'string' && name !== '')
  if (isList && typeof env.read === 'function') return Object.freeze({ names: [...env.names], read: env.read })
  throw invalidInput(['secretEnv'], 'secretEnv: expected { names, read }: a list of names, and what reads one')
}

function resolveStdio({ commands = ['*'], env = {}, limits = {}, ...allowed }: StdioOptions): Required<StdioOptions> {
  // A caller that may run any command runs any code in any case.
  const fallback = commands.includes('*') ? ['*'] : []
  const { allowEnv = fallback, allowCwd = fallback } = allowed
  const { memoryBytes, cpuSeconds } = limits
  const upTo = (name: keyof StdioLimits, value: number | undefined, max: number) =>
    value === undefined ? {} : { [name]: integer(`stdio.limits.${name}`, value, { min: 1, max }) }
  return Object.freeze({
    commands: names('commands', commands),
    allowEnv: names('allowEnv', allowEnv),
    allowCwd: names('allowCwd', allowCwd),
    env: checkedEnv(env),
    limits: {
      ...upTo('memoryBytes', memoryBytes, Number.MAX_SAFE_INTEGER),
      ...upTo('cpuSeconds', cpuSeconds, 2 ** 31 - 1),
    },
  })
}

function names(option: 'commands' | 'allowEnv' | 'allowCwd', list: readonly string[]): readonly string[] {
  if (Array.isArray(list) && list.every((name) => typeof name === 'string' && name !== '')) {
    return Object.freeze([...list])
  }
  throw invalidInput(['stdio', option], `stdio.${option}: expected a list of names`)
}

function resolveSessions(options: SessionOptions): ResolvedSessionOptions {
  const { idleMs = 300_000, idleBytesMs = 60_000, healthCheckMs } = options
  const upTo = (name: string, value: number, min: number, top: number) =>
    integer(`sessions.${name}`, value, { min, max: top })
  return Object.freeze({
    idleMs: idleMs === Number.POSITIVE_INFINITY ? idleMs : upTo('idleMs', idleMs, 0, maxTimerMs),
    idleBytesMs: upTo('idleBytesMs', idleBytesMs, 1, maxTimerMs),
    healthCheckMs: healthCheckMs === undefined ? undefined : upTo('healthCheckMs', healthCheckMs, 1_000, maxTimerMs),
  })
}

/** INVALID_INPUT where a member is out of range, or the total is shorter than one request. */
export function checkTimeouts(name: string, timeouts: McpTimeouts): McpTimeouts {
  const checked = { ...timeouts, ...checkPartialTimeouts(name, timeouts) }
  if (checked.maxTotalMs < checked.requestMs) {
    const message = `${name}.maxTotalMs: expected at least requestMs (${checked.requestMs}), got ${checked.maxTotalMs}`
    throw invalidInput([name, 'maxTotalMs'], message)
  }
  return Object.freeze(checked)
}

export function checkPartialTimeouts(name: string, timeouts: Partial<McpTimeouts>): Partial<McpTimeouts> {
  const range = { min: 1, max: maxTimeoutMs }
  const check = (key: keyof McpTimeouts) =>
    timeouts[key] === undefined ? {} : { [key]: integer(`${name}.${key}`, timeouts[key], range) }
  return { ...check('connectMs'), ...check('requestMs'), ...check('maxTotalMs') }
}
