import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import { invalidInput } from '../base/errors.ts'

/** Spans and metrics over `@opentelemetry/api`, by its conventions for MCP and GenAI. */
export interface TelemetryOptions {
  /** False: no spans, no metrics, and nothing in the `_meta` of requests, whatever is registered. @default true */
  readonly enabled?: boolean
  /**
   * Whether spans of calls have args and results, and those of failures what the server said of them. Known secrets are
   * taken out; of a tool whose args or results are not recorded whole (`HistoryOptions`), there are none. @default false
   */
  readonly captureContent?: boolean
  /** @default the global one, also where it is registered later */
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

/** INVALID_INPUT for what is no boolean: content must not be captured by mistake. */
export function resolveTelemetry(options: TelemetryOptions): ResolvedTelemetryOptions {
  const { enabled = true, captureContent = false, tracerProvider, meterProvider } = options
  for (const [name, value] of Object.entries({ enabled, captureContent })) {
    if (typeof value === 'boolean') continue
    throw invalidInput(['telemetry', name], `telemetry.${name}: expected true or false, got ${String(value)}`)
  }
  return Object.freeze({ enabled, captureContent, tracerProvider, meterProvider })
}
