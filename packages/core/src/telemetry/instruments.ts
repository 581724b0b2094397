import { createNoopMeter, type Histogram, metrics, type Tracer, trace } from '@opentelemetry/api'
import type { ResolvedTelemetryOptions } from './telemetry-options.ts'

const scope = '@toolyard/core'

/** The tracer and histograms of the providers in use. */
export interface Instruments {
  /** Undefined if telemetry is disabled. Without an SDK, its spans record nothing. */
  readonly tracer: Tracer | undefined
  /** Undefined if no meter is registered, as `sessions`. */
  readonly operations: Histogram | undefined
  readonly sessions: Histogram | undefined
}

/** Bucket boundaries in seconds, by OpenTelemetry's conventions for MCP. */
const boundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

export function createInstruments(options: ResolvedTelemetryOptions, version: string): Instruments {
  const { enabled, tracerProvider = trace, meterProvider = metrics } = options
  if (!enabled) return { tracer: undefined, operations: undefined, sessions: undefined }
  const meter = meterProvider.getMeter(scope, version)
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: boundaries } })
  const isMetered = meter !== createNoopMeter()
  return {
    tracer: tracerProvider.getTracer(scope, version),
    operations: isMetered
      ? histogram('mcp.client.operation.duration', 'How long MCP requests took, from when they were sent')
      : undefined,
    sessions: isMetered ? histogram('mcp.client.session.duration', 'How long MCP sessions lasted') : undefined,
  }
}
