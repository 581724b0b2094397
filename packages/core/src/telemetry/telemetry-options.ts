import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import { invalidInput } from '../base/errors.ts'

/** Spans and metrics over `@opentelemetry/api`, by its conventions for MCP and GenAI. */
export interface TelemetryOptions {
  /** False turns off spans, metrics and trace fields in the `_meta` of requests. @default true */
  readonly enabled?: boolean
  /**
   * Whether spans have the args and results of calls, and the server's message of a failure. Known secrets are scrubbed. Args
   * and results that are not recorded in full (`HistoryOptions`) are never captured. @default false
   */
  readonly captureContent?: boolean
  /** @default the global one, even if it is registered later */
  readonly tracerProvider?: TracerProvider
  /** @default the global one, as it is when the registry is created */
  readonly meterProvider?: MeterProvider
}

export interface ResolvedTelemetryOptions {
  readonly enabled: boolean
  readonly captureContent: boolean
  readonly tracerProvider: TracerProvider | undefined
  readonly meterProvider: MeterProvider | undefined
}

/** @throws INVALID_INPUT for a value that is not boolean: content must not be captured by mistake */
export function resolveTelemetry(options: TelemetryOptions): ResolvedTelemetryOptions {
  const { enabled = true, captureContent = false, tracerProvider, meterProvider } = options
  for (const [name, value] of Object.entries({ enabled, captureContent })) {
    if (typeof value === 'boolean') continue
    throw invalidInput(['telemetry', name], `telemetry.${name}: expected true or false, got ${String(value)}`)
  }
  return Object.freeze({ enabled, captureContent, tracerProvider, meterProvider })
}
