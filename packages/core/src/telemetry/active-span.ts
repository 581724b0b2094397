import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api'

/** A span of a trace, and the context in which it is the active one. */
export interface ActiveSpan {
  readonly span: Span
  readonly context: Context
  readonly traceId: string
}

/** Undefined where the span is part of no trace: nothing traces, here or where the call comes from. */
export function activate(span: Span | undefined, parent: Context): ActiveSpan | undefined {
  const spanContext = span?.spanContext()
  if (!span || !spanContext) return undefined
  // One that records is of a trace, for sure.
  if (!span.isRecording() && !isSpanContextValid(spanContext)) return undefined
  return { span, context: trace.setSpan(parent, span), traceId: spanContext.traceId }
}

/** Runs `work` with the span as the active one, and all that it goes on to do. */
export function within<T>(active: ActiveSpan | undefined, work: () => T): T {
  return active ? context.with(active.context, work) : work()
}

/** What carries the trace to a server, by the propagators that are registered: `traceparent`, `tracestate`. */
export function carrierOf(active: ActiveSpan | undefined): Readonly<Record<string, string>> | undefined {
  if (!active) return undefined
  const carrier: Record<string, string> = {}
  propagation.inject(active.context, carrier)
  return Object.keys(carrier).length > 0 ? carrier : undefined
}

/** For work that nobody asked for: it begins a trace of its own, whoever's request set its timer. */
export function asRoot<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work)
}
