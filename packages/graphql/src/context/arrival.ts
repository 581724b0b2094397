import type { Context as TraceContext } from '@opentelemetry/api'
import type { Caller } from '../access/caller.ts'
import type { Exchange } from './context.ts'

/** What goes with a request from where its caller is known to where its context is made. */
export interface Arrival {
  caller?: Caller
  /** The trace that it is part of. */
  trace?: TraceContext
  /** Known where the transport says when an answer is sent. */
  exchange?: Exchange
}
