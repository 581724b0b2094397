import type { Context as TraceContext } from '@opentelemetry/api'
import type { Caller } from '../access/caller.ts'
import type { Exchange } from './context.ts'

/** A request's caller, trace and exchange, carried from authentication to the creation of its context. */
export interface Arrival {
  caller?: Caller
  /** The trace that the request is part of. */
  trace?: TraceContext
  /** Set by transports that report when an answer is sent. */
  exchange?: Exchange
}
