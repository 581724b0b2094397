import { DiagLogLevel, diag } from '@opentelemetry/api'
import type { Logger } from 'pino'
import { UsageError } from '../base/command-error.ts'
import { version } from '../base/version.ts'
import { type Otlp, telemetrySettings } from '../settings/telemetry-settings.ts'

/** The running OpenTelemetry SDK. The caller of `startTelemetry` closes it. */
export interface RunningTelemetry {
  /** Sends pending telemetry for at most a second; resolves with whether that was enough. */
  close(): Promise<boolean>
}

/** Time to send pending telemetry at the end, in ms. */
const closeMs = 1_000
/** Interval between warnings of the SDK, in ms: an unreachable collector must not fill the log. */
const warningIntervalMs = 60_000

const endpoints = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
]
const exporters = ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER']

/**
 * Names the variable that asks for the SDK: the setting's, or one of OpenTelemetry's own. Undefined if none does, or
 * the SDK is disabled.
 */
function askedBy({ isAsked }: Otlp, env: NodeJS.ProcessEnv): string | undefined {
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return undefined
  if (isAsked) return telemetrySettings.otlp.variable
  return (
    endpoints.find((name) => env[name]?.trim()) ??
    exporters.find((name) => env[name]?.trim() && env[name]?.trim().toLowerCase() !== 'none')
  )
}

async function loadSdk(variable: string): Promise<typeof import('@opentelemetry/sdk-node')> {
  try {
    return await import('@opentelemetry/sdk-node')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing) throw error
    const advice =
      'needs the package @opentelemetry/sdk-node, which is not installed: npm install @opentelemetry/sdk-node'
    throw new UsageError(`${variable} ${advice}`)
  }
}

/** Logs the SDK's own warnings, such as a collector that does not answer: the first of each minute. */
function logWarnings(log: Logger): void {
  let quietUntil = 0
  const warn = (message: string) => {
    if (performance.now() < quietUntil) return
    quietUntil = performance.now() + warningIntervalMs
    log.warn({ reason: message.slice(0, 1_000) }, 'telemetry could not be sent')
  }
  const ignore = () => undefined
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}

/**
 * Starts the SDK if it is asked for, before anything is traced; `OTEL_*` variables configure it. Throws UsageError if
 * the package is missing.
 */
export async function startTelemetry(
  otlp: Otlp,
  env: NodeJS.ProcessEnv,
  log: Logger,
): Promise<RunningTelemetry | undefined> {
  const variable = askedBy(otlp, env)
  if (variable === undefined) return undefined
  const { NodeSDK, resources } = await loadSdk(variable)
  // The SDK reads the endpoint from the environment alone, and its exporters are no dependencies of this package.
  if (otlp.isAsked && otlp.endpoint !== undefined) process.env.OTEL_EXPORTER_OTLP_ENDPOINT = otlp.endpoint
  const { defaultResource, resourceFromAttributes, envDetector, hostDetector } = resources
  const own = resourceFromAttributes({ 'service.name': 'toolyard', 'service.version': version })
  const sdk = new NodeSDK({
    resource: defaultResource().merge(own),
    // Without the detector of the process: its args may have the password of a database.
    resourceDetectors: [envDetector, hostDetector],
    logRecordProcessors: [],
  })
  logWarnings(log)
  sdk.start()
  return {
    async close() {
      const { promise: late, resolve } = Promise.withResolvers<boolean>()
      const timer = setTimeout(resolve, closeMs, false)
      const sent = sdk.shutdown().then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error }, 'not all of the telemetry was sent')
          return true
        },
      )
      try {
        return await Promise.race([sent, late])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
