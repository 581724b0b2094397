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

/** The span as the active one; undefined if it is part of no trace, here or at the caller. */
export function activate(span: Span | undefined, parent: Context): ActiveSpan | undefined {
  const spanContext = span?.spanContext()
  if (!span || !spanContext) return undefined
  // A span that records is part of a trace.
  if (!span.isRecording() && !isSpanContextValid(spanContext)) return undefined
  return { span, context: trace.setSpan(parent, span), traceId: spanContext.traceId }
}

/** Runs `work`, and everything that it starts, with the span as the active one. */
export function within<T>(active: ActiveSpan | undefined, work: () => T): T {
  return active ? context.with(active.context, work) : work()
}

/** The fields that carry the trace to a server, by the registered propagators: `traceparent`, `tracestate`. */
export function carrierOf(active: ActiveSpan | undefined): Readonly<Record<string, string>> | undefined {
  if (!active) return undefined
  const carrier: Record<string, string> = {}
  propagation.inject(active.context, carrier)
  return Object.keys(carrier).length > 0 ? carrier : undefined
}

/** Runs work that no caller asked for as a trace of its own, and not of the request that set its timer. */
export function asRoot<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work)
}
