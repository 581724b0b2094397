import { isIPv4 } from 'node:net'
import type { RecordPolicy } from '@toolyard/core'
import type { Command } from 'commander'
import { atLeastOne, integer, keysOf, limit, listOf } from './parse-setting.ts'

/** A mistake in how the program was called: one line for a person, exit code 2. */
export class UsageError extends Error {}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface Settings {
  readonly host: string
  readonly port: number
  /** A path, or `:memory:`. */
  readonly databasePath: string
  readonly shutdownGraceMs: number
  readonly historyMaxAgeMs: number
  readonly historyMaxCount: number
  readonly recordArgs: RecordPolicy
  readonly recordResults: RecordPolicy
  readonly refreshOnStart: boolean
  readonly stdioCommands: readonly string[]
  readonly stdioAllowEnv: readonly string[]
  readonly stdioMemoryBytes: number | undefined
  readonly stdioCpuSeconds: number | undefined
  readonly network: readonly string[]
  /** The new one first. Undefined: the one beside the database. */
  readonly secretKey: readonly Uint8Array[] | undefined
  readonly secretEnv: readonly string[]
  readonly logLevel: LogLevel
}

interface Setting<Value> {
  /** Undefined for a secret: everybody on the machine sees the args of a process. */
  readonly flag: string | undefined
  readonly variable: string
  readonly placeholder: string
  readonly fallback: string
  readonly description: string
  /** As it reads after "takes". */
  readonly takes: string
  /** Undefined for what is not understood. */
  readonly parse: (text: string) => Value | undefined
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

const policies = ['keep', 'redact', 'drop'] as const

function recordPolicy(text: string): RecordPolicy | undefined {
  if (text === 'keep') return 'KEEP'
  if (text === 'redact') return 'REDACT'
  return text === 'drop' ? 'DROP' : undefined
}

const table = {
  host: {
    flag: 'host',
    variable: 'TOOLYARD_HOST',
    placeholder: 'address',
    fallback: '127.0.0.1',
    description: 'address to listen on',
    takes:
      'a loopback address (127.0.0.1, ::1 or localhost): without API keys the server is open to whoever reaches it',
    parse: (text) => (isLoopback(text) ? text.replace(/^\[|\]$/g, '') : undefined),
  } satisfies Setting<string>,
  port: {
    flag: 'port',
    variable: 'TOOLYARD_PORT',
    placeholder: 'number',
    fallback: '4000',
    description: 'port to listen on; 0 takes a free one',
    takes: 'a whole number from 0 to 65535',
    parse: integer(65_535),
  } satisfies Setting<number>,
  databasePath: {
    flag: 'database-url',
    variable: 'TOOLYARD_DATABASE_URL',
    placeholder: 'url',
    fallback: 'sqlite:toolyard.db',
    description: 'where the registry is kept',
    takes: 'sqlite:PATH or sqlite::memory: (PostgreSQL is not supported yet)',
    parse: (text) => (text.startsWith('sqlite:') ? text.slice('sqlite:'.length) || undefined : undefined),
  } satisfies Setting<string>,
  shutdownGraceMs: {
    flag: 'shutdown-grace-ms',
    variable: 'TOOLYARD_SHUTDOWN_GRACE_MS',
    placeholder: 'ms',
    fallback: '10000',
    description: 'how long runs in flight may take to end at a shutdown',
    takes: 'a whole number of milliseconds from 0 to 3600000',
    parse: integer(3_600_000),
  } satisfies Setting<number>,
  historyMaxAgeMs: {
    flag: 'history-days',
    variable: 'TOOLYARD_HISTORY_DAYS',
    placeholder: 'days',
    fallback: '30',
    description: 'how long runs and refreshes that ended are kept',
    takes: 'a whole number of days from 1 to 3650, or all',
    parse: atLeastOne(3_650, 86_400_000),
  } satisfies Setting<number>,
  historyMaxCount: {
    flag: 'history-count',
    variable: 'TOOLYARD_HISTORY_COUNT',
    placeholder: 'number',
    fallback: '1000000',
    description: 'about how many runs are kept, and as many refreshes',
    takes: 'a whole number from 1 to 1000000000, or all',
    parse: atLeastOne(1_000_000_000, 1),
  } satisfies Setting<number>,
  recordArgs: {
    flag: 'record-args',
    variable: 'TOOLYARD_RECORD_ARGS',
    placeholder: 'policy',
    fallback: 'keep',
    description: 'what is recorded of the args of runs; a tool may say otherwise',
    takes: policies.join(', '),
    parse: recordPolicy,
  } satisfies Setting<RecordPolicy>,
  recordResults: {
    flag: 'record-results',
    variable: 'TOOLYARD_RECORD_RESULTS',
    placeholder: 'policy',
    fallback: 'keep',
    description: 'what is recorded of the results of runs; a tool may say otherwise',
    takes: policies.join(', '),
    parse: recordPolicy,
  } satisfies Setting<RecordPolicy>,
  refreshOnStart: {
    flag: 'refresh-on-start',
    variable: 'TOOLYARD_REFRESH_ON_START',
    placeholder: 'boolean',
    fallback: 'false',
    description: 'whether all enabled servers are refreshed at the start',
    takes: 'true, false',
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  } satisfies Setting<boolean>,
  network: {
    flag: 'network',
    variable: 'TOOLYARD_NETWORK',
    placeholder: 'rules',
    fallback: '*',
    description: 'which addresses HTTP servers may have, checked on the address that is dialled',
    takes: '*, or public and what is added to it, as in public,10.1.0.0/16,localhost',
    parse: listOf,
  } satisfies Setting<readonly string[]>,
  stdioCommands: {
    flag: 'stdio',
    variable: 'TOOLYARD_STDIO',
    placeholder: 'commands',
    fallback: '*',
    description: 'commands that stdio servers may run; none lets none run',
    takes: '*, none, or names and absolute paths with commas between them',
    parse: (text) => (text === 'none' ? [] : listOf(text)),
  } satisfies Setting<readonly string[]>,
  stdioAllowEnv: {
    flag: 'stdio-allow-env',
    variable: 'TOOLYARD_STDIO_ALLOW_ENV',
    placeholder: 'names',
    fallback: '',
    description: 'environment variables of stdio servers that are refused otherwise, such as NODE_OPTIONS',
    takes: 'names with commas between them, * at the end of one as a wildcard',
    parse: listOf,
  } satisfies Setting<readonly string[]>,
  stdioMemoryBytes: {
    flag: 'stdio-memory-mb',
    variable: 'TOOLYARD_STDIO_MEMORY_MB',
    placeholder: 'number',
    fallback: 'none',
    description: 'memory that each process of a stdio server may take (Linux, by prlimit)',
    takes: 'a whole number of MiB from 1 to 1048576, or none',
    parse: limit(1_048_576, 1024 * 1024),
  } satisfies Setting<{ readonly value: number | undefined }>,
  stdioCpuSeconds: {
    flag: 'stdio-cpu-seconds',
    variable: 'TOOLYARD_STDIO_CPU_SECONDS',
    placeholder: 'number',
    fallback: 'none',
    description: 'CPU time that each process of a stdio server may take in all (Linux, by prlimit)',
    takes: 'a whole number of seconds from 1 to 31536000, or none',
    parse: limit(31_536_000, 1),
  } satisfies Setting<{ readonly value: number | undefined }>,
  secretKey: {
    flag: undefined,
    variable: 'TOOLYARD_SECRET_KEY',
    placeholder: 'keys',
    fallback: '',
    description: 'protects the stored secrets; unset, a key file beside the database does',
    takes: '32 bytes in base64, or NEW,OLD to rotate',
    parse: keysOf,
  } satisfies Setting<{ readonly keys: readonly Uint8Array[] | undefined }>,
  secretEnv: {
    flag: 'secret-env',
    variable: 'TOOLYARD_SECRET_ENV',
    placeholder: 'names',
    fallback: '*',
    description: 'environment variables that a secret { env: NAME } may read; none, and never one of TOOLYARD_*',
    takes: 'none, or names with commas between them, * as a wildcard',
    parse: (text) => (text === 'none' ? [] : listOf(text)),
  } satisfies Setting<readonly string[]>,
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

/** The variables that are read. */
export const variables: readonly string[] = Object.values(table).map(({ variable }) => variable)

/** Gives `command` a flag for each setting. */
export function addSettings(command: Command): void {
  for (const { flag, placeholder, description, variable, fallback, takes } of Object.values(table)) {
    const text = `${description} [${variable}, default ${fallback || 'none'}]\ntakes ${takes}`
    if (flag !== undefined) command.option(`--${flag} <${placeholder}>`, text)
    else command.addHelpText('after', `\n${variable} (no flag)\n  ${description}\n  takes ${takes}`)
  }
}

function camelCase(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** A flag beats a variable, which beats the default; an empty variable counts as unset. Throws UsageError. */
function reader(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv) {
  return <Value>({ flag, variable, fallback, takes, parse }: Setting<Value>): Value => {
    const given = flag === undefined ? undefined : flags[camelCase(flag)]
    const text = given ?? (env[variable] || fallback)
    const value = parse(text)
    if (value !== undefined) return value
    // What is no flag is a secret, and stays one when it is misspelt.
    const got = flag === undefined ? 'is something else' : `is "${text}"`
    throw new UsageError(`${given === undefined ? variable : `--${flag}`} ${got}, takes ${takes}`)
  }
}

/** Where the registry is kept, and its key. Throws UsageError. */
export function readDatabase(databaseUrl: string | undefined, env: NodeJS.ProcessEnv) {
  const read = reader(databaseUrl === undefined ? {} : { databaseUrl }, env)
  return { databasePath: read(table.databasePath), secretKey: read(table.secretKey).keys }
}

/** All settings. Throws UsageError. */
export function readSettings(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Settings {
  const read = reader(flags, env)
  return {
    host: read(table.host),
    port: read(table.port),
    databasePath: read(table.databasePath),
    shutdownGraceMs: read(table.shutdownGraceMs),
    historyMaxAgeMs: read(table.historyMaxAgeMs),
    historyMaxCount: read(table.historyMaxCount),
    recordArgs: read(table.recordArgs),
    recordResults: read(table.recordResults),
    refreshOnStart: read(table.refreshOnStart),
    stdioCommands: read(table.stdioCommands),
    stdioAllowEnv: read(table.stdioAllowEnv),
    stdioMemoryBytes: read(table.stdioMemoryBytes).value,
    stdioCpuSeconds: read(table.stdioCpuSeconds).value,
    secretKey: read(table.secretKey).keys,
    secretEnv: read(table.secretEnv),
    network: read(table.network),
    logLevel: read(table.logLevel),
  }
}

/** The line for a value that is well formed and of no use, such as a port that is taken. */
export function unusable(setting: keyof typeof table, value: string, problem: string): UsageError {
  return new UsageError(`${table[setting].variable} is "${value}": ${problem}`)
}
