import { isIPv4 } from 'node:net'
import type { Command } from 'commander'

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
  readonly logLevel: LogLevel
}

interface Setting<Value> {
  readonly flag: string
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

function integer(max: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    return value <= max ? value : undefined
  }
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
    const text = `${description} [${variable}, default ${fallback}]\ntakes ${takes}`
    command.option(`--${flag} <${placeholder}>`, text)
  }
}

function camelCase(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** A flag beats a variable, which beats the default; an empty variable counts as unset. Throws UsageError. */
export function readSettings(flags: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Settings {
  function read<Value>({ flag, variable, fallback, takes, parse }: Setting<Value>): Value {
    const given = flags[camelCase(flag)]
    const text = given ?? (env[variable] || fallback)
    const value = parse(text)
    if (value !== undefined) return value
    throw new UsageError(`${given === undefined ? variable : `--${flag}`} is "${text}", takes ${takes}`)
  }
  return {
    host: read(table.host),
    port: read(table.port),
    databasePath: read(table.databasePath),
    shutdownGraceMs: read(table.shutdownGraceMs),
    logLevel: read(table.logLevel),
  }
}

/** The line for a value that is well formed and of no use, such as a port that is taken. */
export function unusable(setting: keyof typeof table, value: string, problem: string): UsageError {
  return new UsageError(`${table[setting].variable} is "${value}": ${problem}`)
}
