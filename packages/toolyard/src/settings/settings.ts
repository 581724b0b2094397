import { isIP } from 'node:net'
import type { Budgets } from '@toolyard/core/internal/budgets'
import type { Limits } from '@toolyard/graphql'
import { parseOrigin } from '@toolyard/graphql/internal/origin'
import { type Command, Option } from 'commander'
import { UsageError } from '../base/command-error.ts'
import type { PublicAddress } from '../oauth/public-address.ts'
import type { ConnectionLimits } from '../server/connection-limits.ts'
import { isLoopback } from '../server/origin.ts'
import { type ApprovalSettings, approvalSettings, readApprovalSettings } from './approval-settings.ts'
import { budgetSettings, readBudgets } from './budget-settings.ts'
import { type DatabaseSettings, databaseSettings, readDatabaseSettings } from './database-settings.ts'
import { type HistorySettings, historySettings, readHistorySettings } from './history-settings.ts'
import { limitSettings, readLimits } from './limit-settings.ts'
import { oauthSettings, readOAuthSettings } from './oauth-settings.ts'
import { boolean, integer, listOf } from './parse-setting.ts'
import { type PersistedSettings, persistedSettings, readPersistedSettings } from './persisted-settings.ts'
import { type ReadSetting, reader } from './read-setting.ts'
import { readSessionSettings, type SessionSettings, sessionSettings } from './session-settings.ts'
import type { Setting } from './setting.ts'
import { readStdioSettings, type StdioSettings, stdioSettings } from './stdio-settings.ts'
import { readTelemetrySettings, type TelemetrySettings, telemetrySettings } from './telemetry-settings.ts'

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** The settings of a registry that a server opens, or a command on the database itself. */
export interface RegistrySettings
  extends ApprovalSettings,
    DatabaseSettings,
    HistorySettings,
    SessionSettings,
    StdioSettings {
  readonly network: readonly string[]
  readonly secretEnv: readonly string[]
  readonly budgets: Budgets
}

export interface Settings extends RegistrySettings, PersistedSettings, TelemetrySettings, PublicAddress {
  readonly host: string
  /** Undefined if the server asks for no keys; then only this machine reaches it. */
  readonly apiKeysPath: string | undefined
  readonly allowedOrigins: readonly string[]
  readonly port: number
  /** Whether the console is served at `/`. */
  readonly console: boolean
  readonly shutdownGraceMs: number
  readonly refreshOnStart: boolean
  readonly limits: Limits & ConnectionLimits
  readonly logLevel: LogLevel
}

function parseHost(text: string): string | undefined {
  const host = text.replace(/^\[|\]$/g, '')
  return isIP(host) !== 0 || /^[a-z\d]([a-z\d.-]{0,252}[a-z\d])?$/i.test(host) ? host : undefined
}

const table = {
  host: {
    flag: 'host',
    variable: 'TOOLYARD_HOST',
    placeholder: 'address',
    fallback: '127.0.0.1',
    description: 'address to listen on',
    takes: 'an address or a name of this machine; without API keys a loopback one (127.0.0.1, ::1 or localhost)',
    parse: parseHost,
  } satisfies Setting<string>,
  apiKeysPath: {
    flag: 'api-keys',
    variable: 'TOOLYARD_API_KEYS',
    placeholder: 'file',
    fallback: '',
    description: 'file of the API keys, one of which every request needs then; see toolyard keys',
    takes: 'a path',
    parse: (text) => text,
  } satisfies Setting<string>,
  allowedOrigins: {
    flag: 'allowed-origins',
    variable: 'TOOLYARD_ALLOWED_ORIGINS',
    placeholder: 'origins',
    fallback: '',
    description: "origins, beside the server's own, whose pages may ask over HTTP, event streams and WebSocket",
    takes: 'origins such as https://app.example, with commas between them',
    parse(text) {
      const origins = listOf(text)?.map(parseOrigin)
      const known = origins?.filter((origin) => origin !== undefined)
      return known?.length === origins?.length ? known : undefined
    },
  } satisfies Setting<readonly string[]>,
  ...oauthSettings,
  port: {
    flag: 'port',
    variable: 'TOOLYARD_PORT',
    placeholder: 'number',
    fallback: '4000',
    description: 'port to listen on; 0 takes a free one',
    takes: 'a whole number from 0 to 65535',
    parse: integer(65_535),
  } satisfies Setting<number>,
  console: {
    flag: 'console',
    variable: 'TOOLYARD_CONSOLE',
    placeholder: 'boolean',
    bare: 'true',
    fallback: 'true',
    description: 'whether a browser gets the console at /',
    takes: 'true, false',
    parse: boolean,
  } satisfies Setting<boolean>,
  ...databaseSettings,
  shutdownGraceMs: {
    flag: 'shutdown-grace-ms',
    variable: 'TOOLYARD_SHUTDOWN_GRACE_MS',
    placeholder: 'ms',
    fallback: '10000',
    description: 'how long runs in flight may take to end at a shutdown',
    takes: 'a whole number of milliseconds from 0 to 3600000',
    parse: integer(3_600_000),
  } satisfies Setting<number>,
  ...historySettings,
  ...approvalSettings,
  refreshOnStart: {
    flag: 'refresh-on-start',
    variable: 'TOOLYARD_REFRESH_ON_START',
    placeholder: 'boolean',
    fallback: 'false',
    description: 'whether all enabled servers are refreshed at the start',
    takes: 'true, false',
    parse: boolean,
  } satisfies Setting<boolean>,
  network: {
    flag: 'network',
    variable: 'TOOLYARD_NETWORK',
    placeholder: 'rules',
    fallback: '*',
    keyedFallback: 'public',
    description: 'which addresses HTTP servers may have, checked on the address that is dialled',
    takes: '*, or public and what is added to it, as in public,10.1.0.0/16,localhost',
    parse: listOf,
  } satisfies Setting<readonly string[]>,
  ...stdioSettings,
  secretEnv: {
    flag: 'secret-env',
    variable: 'TOOLYARD_SECRET_ENV',
    placeholder: 'names',
    fallback: '*',
    keyedFallback: 'none',
    description: 'environment variables that a secret { env: NAME } may read; none, and never one of TOOLYARD_*',
    takes: 'none, or names with commas between them, * as a wildcard',
    parse: (text) => (text === 'none' ? [] : listOf(text)),
  } satisfies Setting<readonly string[]>,
  ...sessionSettings,
  ...persistedSettings,
  ...telemetrySettings,
  logLevel: {
    flag: 'log-level',
    variable: 'TOOLYARD_LOG_LEVEL',
    placeholder: 'level',
    fallback: 'info',
    description: 'least severe level that is logged',
    takes: logLevels.join(', '),
    parse: (text) => logLevels.find((level) => level === text),
  } satisfies Setting<LogLevel>,
}

export { table as serverSettings }

/** All settings. */
export const settings: readonly Setting<unknown>[] = [
  ...Object.values(table),
  ...Object.values(limitSettings),
  ...budgetSettings.values(),
]

/** The variables of all settings. */
export const variables: readonly string[] = settings.map(({ variable }) => variable)

/** Adds a flag for each setting to `command`. */
export function addSettings(command: Command): void {
  for (const { flag, placeholder, description, variable, fallback, keyedFallback, bare, takes } of settings) {
    const keyed = keyedFallback === undefined ? '' : `, with API keys ${keyedFallback}`
    const text = `${description} [${variable}, default ${fallback || 'none'}${keyed}]\ntakes ${takes}`
    if (flag !== undefined && bare !== undefined) {
      command.addOption(new Option(`--${flag} [${placeholder}]`, text).preset(bare))
    } else if (flag !== undefined) command.option(`--${flag} <${placeholder}>`, text)
    else command.addHelpText('after', `\n${variable} (no flag)\n  ${description}\n  takes ${takes}`)
  }
}

/** The file of API keys; undefined if the server asks for none. */
function apiKeysPathOf(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): string | undefined {
  return reader(flags, env, true)(table.apiKeysPath) || undefined
}

/** Reads the settings of a registry, for a server or a command. Throws UsageError. */
export function readRegistrySettings(
  flags: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): RegistrySettings {
  const isOpen = apiKeysPathOf(flags, env) === undefined
  return registrySettings(reader(flags, env, isOpen), isOpen)
}

function registrySettings(read: ReadSetting, isOpen: boolean): RegistrySettings {
  return {
    ...readDatabaseSettings(read),
    ...readHistorySettings(read),
    ...readApprovalSettings(read),
    ...readSessionSettings(read),
    ...readStdioSettings(read, isOpen),
    secretEnv: read(table.secretEnv),
    network: read(table.network),
    budgets: readBudgets(read),
  }
}

/**
 * Reads all settings. A flag beats a variable, which beats the default; an empty variable counts as unset. Throws
 * UsageError.
 */
export function readSettings(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Settings {
  const apiKeysPath = apiKeysPathOf(flags, env)
  // Then only this machine reaches the server, and its users may do anything.
  const isOpen = apiKeysPath === undefined
  const read = reader(flags, env, isOpen)
  const host = read(table.host)
  if (isOpen && !isLoopback(host)) {
    const command = 'toolyard keys add --tenant default --scopes read,run,write --file keys.json'
    const advice = `make one with "${command}", and set ${table.apiKeysPath.variable}=keys.json`
    throw unusable('host', host, `without API keys only a loopback address may be bound; ${advice}`)
  }
  return {
    ...registrySettings(read, isOpen),
    ...readPersistedSettings(read),
    ...readTelemetrySettings(read),
    ...readOAuthSettings(read),
    host,
    apiKeysPath,
    allowedOrigins: read(table.allowedOrigins),
    port: read(table.port),
    console: read(table.console),
    shutdownGraceMs: read(table.shutdownGraceMs),
    refreshOnStart: read(table.refreshOnStart),
    limits: readLimits(read),
    logLevel: read(table.logLevel),
  }
}

/** The error for a value that is well formed but cannot be used, such as a port that is taken. */
export function unusable(setting: keyof typeof table, value: string, problem: string): UsageError {
  return new UsageError(`${table[setting].variable} is "${value}": ${problem}`)
}
