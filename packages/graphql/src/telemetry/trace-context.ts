import { type Context, context, propagation, trace } from '@opentelemetry/api'

/** Returns the value that a request carries under a name; undefined if it has none. */
export type Carrier = (name: string) => string | undefined

/** Extracts the trace (W3C Trace Context) by the registered propagators; without any, returns `otherwise`. */
function extract(carrier: Carrier, otherwise: Context): Context {
  if (propagation.fields().length === 0) return otherwise
  const traceparent = carrier('traceparent')
  if (traceparent === undefined) return otherwise
  const tracestate = carrier('tracestate')
  return propagation.extract(otherwise, { traceparent, ...(tracestate === undefined ? {} : { tracestate }) })
}

/** Returns the trace of an HTTP request. An active span wins: an instrumented server created it for this request. */
export function traceOfRequest(header: Carrier): Context {
  const active = context.active()
  return trace.getSpanContext(active) ? active : extract(header, active)
}

/** Returns the trace of a WebSocket operation: its own, else that of the socket's initialisation. */
export function traceOfMessage(
  extensions: Readonly<Record<string, unknown>> | null | undefined,
  connectionParams: Readonly<Record<string, unknown>> | null | undefined,
): Context {
  const carrierOf = (values: typeof extensions) => (name: string) => {
    const value = values?.[name]
    return typeof value === 'string' ? value : undefined
  }
  return extract(carrierOf(extensions), extract(carrierOf(connectionParams), context.active()))
}
