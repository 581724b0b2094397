import type { GraphQLError } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import type { Identify, IdentifyOperator } from '../access/authenticate.ts'
import type { Arrival } from '../context/arrival.ts'
import type { Context } from '../context/context.ts'
import type { ExecuteFast } from '../execution/execute-fast.ts'
import type { FanOutSubscriptions } from '../execution/fan-out-subscriptions.ts'
import type { LimitMeter, LimitRefusals } from '../limits/limit-meter.ts'
import type { ResolveQuery } from '../persisted/persisted-documents.ts'
import type { TakeTenantTurn } from './tenant-turns.ts'

/** What the transports need of a handler: the same schema, access, limits and masking. */
export interface HandlerParts {
  readonly yoga: YogaServerInstance<Arrival, Context>
  /** Identifies the caller of a request, or answers the error. */
  readonly identify: Identify
  /** Identifies the operator of a request, or answers the error: for pages about the whole process, such as metrics. */
  readonly identifyOperator: IdentifyOperator
  readonly meter: LimitMeter
  /** Finds the document that a request names by text or by id. */
  readonly resolveQuery: ResolveQuery
  readonly executeFast: ExecuteFast
  readonly takeTenantTurn: TakeTenantTurn
  readonly fanOutSubscriptions: FanOutSubscriptions
  /** Hides what a client may not see of an error, and passes the rest to `onError`. */
  readonly mask: (error: unknown) => GraphQLError
}

/** Keeps the parts of a handler from everything but the transports. */
export class HandlerInternals {
  readonly #parts: HandlerParts

  constructor(parts: HandlerParts) {
    this.#parts = parts
  }

  static partsOf({ internals }: Pick<GraphQLHandler, 'internals'>): HandlerParts {
    return internals.#parts
  }
}

/** Answers GraphQL requests: queries, mutations, and subscriptions as event streams. It holds nothing that must be closed. */
export interface GraphQLHandler {
  (request: Request): Promise<Response>
  /** Number of open subscriptions, over every transport. */
  readonly subscriptions: { readonly total: number }
  /** How often each limit has refused something, put it off, or ended a connection, since the handler was made. */
  readonly refusals: LimitRefusals
  /** For `createNodeListener` and `useWebSocket`. */
  readonly internals: HandlerInternals
}

/** Returns the parts of a handler. Throws TypeError for a function that `createHandler` did not make. */
export const partsOf = HandlerInternals.partsOf
