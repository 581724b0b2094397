import { type Context, context, propagation, trace } from '@opentelemetry/api'

/** Answers what a request says under a name; undefined where it says nothing. */
export type Said = (name: string) => string | undefined

/** The trace that `said` names (W3C Trace Context), by the propagators that are registered; without them, `otherwise`. */
function extract(said: Said, otherwise: Context): Context {
  if (propagation.fields().length === 0) return otherwise
  const traceparent = said('traceparent')
  if (traceparent === undefined) return otherwise
  const tracestate = said('tracestate')
  return propagation.extract(otherwise, { traceparent, ...(tracestate === undefined ? {} : { tracestate }) })
}

/** Of an HTTP request. Where what serves it has a span for it already, that is the nearer one. */
export function traceOfRequest(header: Said): Context {
  const active = context.active()
  return trace.getSpanContext(active) ? active : extract(header, active)
}

/** Of an operation over WebSocket: what it says itself, else what was said when the socket was initialised. */
export function traceOfMessage(
  extensions: Readonly<Record<string, unknown>> | null | undefined,
  connectionParams: Readonly<Record<string, unknown>> | null | undefined,
): Context {
  const said = (of: typeof extensions) => (name: string) => {
    const value = of?.[name]
    return typeof value === 'string' ? value : undefined
  }
  return extract(said(extensions), extract(said(connectionParams), context.active()))
}
