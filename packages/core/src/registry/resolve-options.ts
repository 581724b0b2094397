import { invalidInput } from '../base/errors.ts'
import { integerWithin } from '../base/integer-within.ts'
import { kindOf } from '../base/json.ts'
import { assertKnownOptions } from '../base/known-options.ts'
import { version } from '../base/version.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import type { McpTimeouts } from '../model/server.ts'
import { checkPartialTimeouts, checkTimeouts } from '../model/timeouts.ts'
import type { RecordPolicy } from '../model/tool.ts'
import { resolveOAuth } from '../oauth/resolve-options.ts'
import { checkedEnv } from '../policy/env-policy.ts'
import { createNetworkPolicy } from '../policy/network-policy.ts'
import { type ProxyOptions, resolveProxies } from '../policy/proxy-options.ts'
import { maxInputTimeoutMs } from '../runs/run-options.ts'
import { toMasterKeys } from '../secrets/master-key.ts'
import type { SecretEnv } from '../secrets/secret-sources.ts'
import type { StdioLimits } from '../sessions/stdio/limited-command.ts'
import { memoryStorage } from '../storage/memory/memory-storage.ts'
import { resolveTelemetry } from '../telemetry/telemetry-options.ts'
import type {
  HistoryOptions,
  RegistryOptions,
  ResolvedHistoryOptions,
  ResolvedOptions,
  ResolvedSessionOptions,
  SessionOptions,
  StdioOptions,
} from './options.ts'

const dayMs = 86_400_000
/** Longest delay of a Node.js timer, in ms. */
const maxTimerMs = 2 ** 31 - 1

// Each member once: types do not exist at run time.
const known: Readonly<Record<keyof Required<RegistryOptions>, true>> = {
  storage: true,
  timeouts: true,
  returnCharLimit: true,
  idempotencyKeyMs: true,
  inputTimeoutMs: true,
  selfApproval: true,
  history: true,
  refreshOnStart: true,
  budgets: true,
  nodeLeaseMs: true,
  maxFeedEvents: true,
  sessions: true,
  network: true,
  proxy: true,
  secretKey: true,
  secretEnv: true,
  secretProvider: true,
  stdio: true,
  oauth: true,
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
  bodyIdleMs: true,
  healthCheckMs: true,
}
const knownProxy: Readonly<Record<keyof ProxyOptions, true>> = { httpProxy: true, httpsProxy: true, noProxy: true }
const knownLimits: Readonly<Record<keyof StdioLimits, true>> = { memoryBytes: true, cpuSeconds: true }
const knownStdio: Readonly<Record<keyof StdioOptions, true>> = {
  commands: true,
  allowEnv: true,
  allowCwd: true,
  env: true,
  limits: true,
}

/** @throws INVALID_INPUT for an unknown option: a misspelt one would have no effect */
function assertKnown(options: RegistryOptions): void {
  const namesOf = (table: object) => Object.keys(table)
  assertKnownOptions('options', options, namesOf(known))
  assertKnownOptions('options.timeouts', options.timeouts ?? {}, namesOf(knownTimeouts))
  assertKnownOptions('options.history', options.history ?? {}, namesOf(knownHistory))
  assertKnownOptions('options.sessions', options.sessions ?? {}, namesOf(knownSessions))
  assertKnownOptions('options.proxy', options.proxy ?? {}, namesOf(knownProxy))
  assertKnownOptions('options.stdio', options.stdio ?? {}, namesOf(knownStdio))
  assertKnownOptions('options.stdio.limits', options.stdio?.limits ?? {}, namesOf(knownLimits))
  const { storage } = options
  if (storage !== undefined && typeof storage?.open !== 'function') {
    const message = `storage: expected a storage such as sqliteStorage({ path }), got ${kindOf(storage)}`
    throw invalidInput(['storage'], message)
  }
}

/**
 * Checks the options once, for all rooms.
 *
 * @throws INVALID_INPUT that names the option, what it expects and what it got
 */
export function resolveOptions(options: RegistryOptions): ResolvedOptions {
  assertKnown(options)
  const budgets = resolveBudgets(options.budgets ?? {})
  return Object.freeze({
    storage: options.storage ?? memoryStorage(),
    timeouts: resolveTimeouts(options.timeouts ?? {}, budgets),
    returnCharLimit: integerWithin('returnCharLimit', options.returnCharLimit ?? 1_000_000, {
      min: 1,
      max: 2 ** 31 - 1,
    }),
    idempotencyKeyMs: integerWithin('idempotencyKeyMs', options.idempotencyKeyMs ?? dayMs, {
      min: 1,
      max: 3_650 * dayMs,
    }),
    inputTimeoutMs: integerWithin('inputTimeoutMs', options.inputTimeoutMs ?? 600_000, {
      min: 1,
      max: maxInputTimeoutMs,
    }),
    selfApproval: options.selfApproval ?? false,
    history: resolveHistory(options.history ?? {}),
    refreshOnStart: options.refreshOnStart ?? false,
    nodeLeaseMs: integerWithin('nodeLeaseMs', options.nodeLeaseMs ?? 15_000, { min: 1_000, max: maxTimerMs }),
    budgets,
    maxFeedEvents: integerWithin('maxFeedEvents', options.maxFeedEvents ?? 10_000, { min: 1, max: 10_000_000 }),
    sessions: resolveSessions(options.sessions ?? {}),
    network: createNetworkPolicy(options.network ?? ['*']),
    proxies: resolveProxies(options.proxy ?? {}),
    secretKey: options.secretKey && toMasterKeys(options.secretKey),
    secretEnv: resolveSecretEnv(options.secretEnv),
    secretProvider: options.secretProvider,
    stdio: resolveStdio(options.stdio ?? {}),
    oauth: resolveOAuth(options.oauth ?? {}),
    clientInfo: options.clientInfo ?? { name: 'toolyard', version },
    telemetry: resolveTelemetry(options.telemetry ?? {}),
    observer: options.observer ?? {},
    onError: options.onError ?? emitWarning,
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
    value === Number.POSITIVE_INFINITY ? value : integerWithin(`history.${name}`, value, { min: 1, max: 3_650 * dayMs })
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
  throw invalidInput(
    ['secretEnv'],
    'secretEnv: expected { names, read }: a list of names, and a function that reads one',
  )
}

function resolveStdio({ commands = ['*'], env = {}, limits = {}, ...allowed }: StdioOptions): Required<StdioOptions> {
  // A caller that may run any command runs any code in any case.
  const fallback = commands.includes('*') ? ['*'] : []
  const { allowEnv = fallback, allowCwd = fallback } = allowed
  const { memoryBytes, cpuSeconds } = limits
  const upTo = (name: keyof StdioLimits, value: number | undefined, max: number) =>
    value === undefined ? {} : { [name]: integerWithin(`stdio.limits.${name}`, value, { min: 1, max }) }
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
  const { idleMs = 300_000, bodyIdleMs = 60_000, healthCheckMs } = options
  const upTo = (name: string, value: number, min: number, top: number) =>
    integerWithin(`sessions.${name}`, value, { min, max: top })
  return Object.freeze({
    idleMs: idleMs === Number.POSITIVE_INFINITY ? idleMs : upTo('idleMs', idleMs, 0, maxTimerMs),
    bodyIdleMs: upTo('bodyIdleMs', bodyIdleMs, 1, maxTimerMs),
    healthCheckMs: healthCheckMs === undefined ? undefined : upTo('healthCheckMs', healthCheckMs, 1_000, maxTimerMs),
  })
}

/** Reports an error as a process warning, which Node.js prints to stderr, with the stack if `--trace-warnings` is set. */
function emitWarning(error: unknown): void {
  const given = error instanceof Error ? error : new Error(String(error))
  process.emitWarning(`toolyard: ${given.message}`, { type: 'ToolyardWarning', detail: given.stack ?? '' })
}
