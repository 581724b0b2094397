import {
  type Context,
  createNoopMeter,
  type Histogram,
  metrics,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { ResolvedTelemetryOptions } from './telemetry-options.ts'

const scope = '@toolyard/core'

/** The tracer and histograms of the providers in use. */
export interface Instruments {
  /** The tracer of spans within `parent`; undefined if nothing would come of them: telemetry is disabled, or there is neither an SDK nor a trace to carry on. */
  readonly tracerIn: (parent: Context) => Tracer | undefined
  /** Undefined if no meter is registered, as `sessions`. */
  readonly operations: Histogram | undefined
  readonly sessions: Histogram | undefined
}

/** Bucket boundaries in seconds, by OpenTelemetry's conventions for MCP. */
const boundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

/** Whether spans of the global provider may be recorded. */
function hasSdk(version: string): boolean {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(scope, version) !== undefined
}

export function createInstruments(options: ResolvedTelemetryOptions, version: string): Instruments {
  const { enabled, tracerProvider = trace, meterProvider = metrics } = options
  if (!enabled) return { tracerIn: () => undefined, operations: undefined, sessions: undefined }
  const meter = meterProvider.getMeter(scope, version)
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: boundaries } })
  const tracer = tracerProvider.getTracer(scope, version)
  let isRegisteredSo = tracerProvider !== trace
  /** An application may register its SDK at any time. */
  const isRegistered = () => {
    isRegisteredSo ||= hasSdk(version)
    return isRegisteredSo
  }
  const isMetered = meter !== createNoopMeter()
  return {
    tracerIn: (parent) => (parent === ROOT_CONTEXT && !isRegistered() ? undefined : tracer),
    operations: isMetered
      ? histogram('mcp.client.operation.duration', 'How long MCP requests took, from when they were sent')
      : undefined,
    sessions: isMetered ? histogram('mcp.client.session.duration', 'How long MCP sessions lasted') : undefined,
  }
}
