import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Registry } from '@toolyard/core'
import type { PersistedOperations } from '@toolyard/graphql'
import { type Logger, pino } from 'pino'
import { type ExitCode, exitCodes } from '../../base/command-error.ts'
import { unknownVariables } from '../../command/unknown-variables.ts'
import { auditKeys } from '../../keys/audit-keys.ts'
import { KeyFileError } from '../../keys/key-file.ts'
import { type ApiKeys, openApiKeys } from '../../keys/open-api-keys.ts'
import { oauthOptionsOf } from '../../oauth/public-address.ts'
import type { TextStream } from '../../output/output.ts'
import { printable, printableLines, shownJson } from '../../output/printable.ts'
import { endStart } from '../../serve/heap.ts'
import { createJobLog } from '../../serve/log-jobs.ts'
import { operationNamesOf, readPersistedOperations } from '../../serve/persisted-operations.ts'
import { startLines } from '../../serve/start-lines.ts'
import { startTelemetry } from '../../serve/telemetry.ts'
import { type ConsoleFiles, consoleFolder, readConsoleFiles } from '../../server/console-files.ts'
import { createServerMetrics, type ServerMetrics } from '../../server/metrics.ts'
import { type RunningServer, startServer } from '../../server/start-server.ts'
import { renamedValuesOf } from '../../settings/read-setting.ts'
import { settings as allSettings, readSettings, type Settings, unusable } from '../../settings/settings.ts'
import { databaseFault } from '../../storage/database-fault.ts'
import { openRegistry } from '../../storage/open-registry.ts'

/** Time for a start to end by itself after a signal, in ms. */
const startGraceMs = 2_000

/** Adds the active trace to a line of the log, if there is one. */
function mixin(): object {
  const spanContext = trace.getSpanContext(context.active())
  return spanContext && isSpanContextValid(spanContext) ? { traceId: spanContext.traceId } : {}
}

/** What a server has of the process that it runs in. */
export interface ServingProcess {
  readonly stderr: TextStream
  /** Resolves once the server is asked to end. */
  shutdownSignal(): Promise<NodeJS.Signals>
}

const ownProcess: ServingProcess = { stderr: process.stderr, shutdownSignal }

/** JSON lines on stderr; on a terminal one readable line each. */
function createLogger(level: Settings['logLevel'], { stderr }: ServingProcess): Logger {
  // No line is lost when the process ends.
  if (stderr === process.stderr && !stderr.isTTY)
    return pino({ level, mixin }, pino.destination({ dest: 2, sync: true }))
  if (!stderr.isTTY) return pino({ level, mixin }, { write: (line: string) => stderr.write(line) })
  return pino({ level, mixin }, { write: (line: string) => stderr.write(readable(line)) })
}

function readable(line: string): string {
  const { time, level, msg, err, pid: _pid, hostname: _host, ...rest }: Record<string, unknown> = JSON.parse(line)
  const clock = new Date(Number(time)).toTimeString().slice(0, 8)
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${shownJson(value)}`)
  const stack =
    typeof err === 'object' && err !== null && 'stack' in err ? `\n${printableLines(String(err.stack))}` : ''
  return `${clock} ${pino.levels.labels[Number(level)] ?? level} ${printable(String(msg))}${details.join('')}${stack}\n`
}

/** Opens the file of API keys; returns undefined if the server asks for none. */
function openKeys({ apiKeysPath }: Settings, log: Logger): ApiKeys | undefined {
  if (apiKeysPath === undefined) return undefined
  try {
    const keys = openApiKeys(apiKeysPath, {
      onError: (error) => log.error({ err: error }, 'the file of API keys could not be read; it is tried again'),
      onStatus(status) {
        const facts = { file: apiKeysPath }
        if (status === 'CLOSED') log.error(facts, 'no API key is valid until the file of API keys can be read')
        else log.warn(facts, 'the file of API keys can be read again, and its keys are valid')
      },
    })
    if (keys.count === 0) log.warn({ file: apiKeysPath }, 'there is no API key yet; add one with toolyard keys add')
    return keys
  } catch (error) {
    throw error instanceof KeyFileError ? unusable('apiKeysPath', apiKeysPath, error.message) : error
  }
}

/** Reads the console; returns undefined if it is not served. It is on by default, so a missing build stops no server. */
function openConsole({ console: isServed }: Settings, log: Logger): ConsoleFiles | undefined {
  if (!isServed) return undefined
  const files = readConsoleFiles(consoleFolder)
  if (!files) log.warn('the console is not built, so / has none; build it with: npm run build:console')
  return files
}

interface Opened {
  readonly registry: Registry
  readonly metrics: ServerMetrics
  readonly keys: ApiKeys | undefined
  readonly consoleFiles: ConsoleFiles | undefined
  readonly persistedOperations: PersistedOperations
}

async function listen(
  settings: Settings,
  { registry, metrics, keys, consoleFiles, persistedOperations }: Opened,
  log: Logger,
): Promise<RunningServer> {
  const { host, port, publicUrl, allowedOrigins, limits, onlyPersisted } = settings
  try {
    return await startServer({
      registry,
      host,
      port,
      publicUrl,
      oauth: oauthOptionsOf(settings),
      allowedOrigins,
      limits,
      persistedOperations,
      onlyPersisted,
      metrics,
      console: consoleFiles,
      ...(keys ? { authenticate: keys.authenticate, hasTenant: (name) => keys.hasTenant(name), keys } : {}),
      onError: (error, id) => log.error({ err: error, id }, 'a request failed unexpectedly'),
    })
  } catch (error) {
    await registry.close()
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE')
      throw unusable('port', String(port), `the port is in use on ${host}; take another one, or 0 for a free one`)
    if (code === 'EACCES') throw unusable('port', String(port), 'not allowed; ports below 1024 need a privilege')
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw unusable('host', host, 'this machine has no such address')
    throw error
  }
}

/** Resolves with the first signal that asks to end; a second one ends the process at once. */
function shutdownSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let isAsked = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(128 + constants.signals[signal])
      isAsked = true
      resolve(signal)
    })
  }
  return promise
}

/**
 * Waits for `opening`. After a signal, `opening` has `startGraceMs` to end by itself, as it has to close what it
 * opened. Then the signal ends the process as it does by default, whatever the process waits for.
 */
async function unlessEnded<Value>(
  opening: Promise<Value>,
  asked: Promise<NodeJS.Signals>,
  log: Logger,
): Promise<Value> {
  const done = new AbortController()
  void asked.then(async (signal) => {
    const isLate = await delay(startGraceMs, true, { signal: done.signal }).catch(() => false)
    if (!isLate) return
    log.warn({ signal }, 'the start was ended by a signal')
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
  try {
    return await opening
  } finally {
    done.abort()
  }
}

/**
 * Serves until a signal arrives; returns the exit code. Throws UsageError for an invalid setting, and UnreachableError.
 */
export async function serve(
  flags: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  host: ServingProcess = ownProcess,
): Promise<ExitCode> {
  const settings = readSettings(flags, env)
  const log = createLogger(settings.logLevel, host)
  for (const variable of unknownVariables(env)) {
    log.warn({ variable }, 'this variable is not known; see toolyard serve --help')
  }
  for (const { name, text, newName } of renamedValuesOf(allSettings, flags, env)) {
    log.warn({ setting: name, value: text, use: newName }, 'this value has a new name; the old one will be removed')
  }
  const consoleFiles = openConsole(settings, log)
  const persistedOperations = readPersistedOperations(settings, log)
  using keys = openKeys(settings, log)
  const telemetry = await startTelemetry(settings.otlp, env, log)
  try {
    await serveUntilAsked(settings, { env, host, log, keys, consoleFiles, persistedOperations })
  } finally {
    // Last, as closing the registry is traced, too.
    if ((await telemetry?.close()) === false) {
      log.warn('not all of the telemetry was sent in time')
      // The exporter keeps retrying for longer than a shutdown may take.
      setImmediate(() => process.exit())
    }
  }
  log.info('closed')
  return exitCodes.done
}

interface Serving {
  readonly env: NodeJS.ProcessEnv
  readonly host: ServingProcess
  readonly log: Logger
  readonly keys: ApiKeys | undefined
  readonly consoleFiles: ConsoleFiles | undefined
  readonly persistedOperations: PersistedOperations
}

/** Resolves once a signal has arrived and all is closed. */
async function serveUntilAsked(settings: Settings, serving: Serving): Promise<void> {
  const { env, host, log, keys } = serving
  const { stderr } = host
  const asked = host.shutdownSignal()
  const starting = new AbortController()
  void asked.then(() => starting.abort())
  const metrics = createServerMetrics({ operationNames: operationNamesOf(serving.persistedOperations) })
  const logJob = createJobLog(log)
  const opening = openRegistry(settings, {
    env,
    refreshOnStart: settings.refreshOnStart,
    signal: starting.signal,
    onWaiting(database, { message }) {
      const facts = { database, waitMs: settings.databaseWaitMs, reason: message }
      log.warn(facts, 'the database cannot be reached; it is tried again')
    },
    captureContent: settings.captureContent,
    oauth: oauthOptionsOf(settings),
    observer: {
      ...metrics.observer,
      onJobEnded(job) {
        metrics.observer.onJobEnded(job)
        logJob(job)
      },
    },
    onError: (error) => log.error({ err: error }, 'a job failed unexpectedly'),
  })
  const registry = await unlessEnded(opening, asked, log)
  if (keys) {
    auditKeys(keys, registry, {
      onOperatorKey: (what, id) => log.info({ id }, `an operator key was ${what}`),
      onRefused: (count) => log.warn({ count }, 'requests without a valid key were refused'),
      onError: (error) => log.error({ err: error }, 'a change of an API key could not be recorded'),
    })
  }
  const server = await listen(settings, { ...serving, registry, metrics }, log)
  endStart()
  stderr.write(`toolyard listening on ${server.url}\n`)
  if (stderr.isTTY) for (const line of startLines(settings, server.url)) stderr.write(`  ${line}\n`)
  const signal = await asked
  log.info({ signal, graceMs: settings.shutdownGraceMs }, 'shutting down')
  try {
    await server.close({ graceMs: settings.shutdownGraceMs })
  } catch (error) {
    // The next start, or another node, recovers what could not be written.
    throw databaseFault(error, settings.database)
  }
}
