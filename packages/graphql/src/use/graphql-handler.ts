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

/** The parts of a handler that its transports share: schema, access, limits and masking. */
export interface TransportDeps {
  readonly yoga: YogaServerInstance<Arrival, Context>
  /** Returns the caller of a request, or the error to answer. */
  readonly identify: Identify
  /** Returns the operator of a request, or the error to answer: for pages about the whole process, such as metrics. */
  readonly identifyOperator: IdentifyOperator
  readonly meter: LimitMeter
  /** Returns the document that a request names by text or by id. */
  readonly resolveQuery: ResolveQuery
  readonly executeFast: ExecuteFast
  readonly takeTenantTurn: TakeTenantTurn
  readonly fanOutSubscriptions: FanOutSubscriptions
  /** Removes what a client must not see from an error, and passes unexpected errors to `onError`. */
  readonly mask: (error: unknown) => GraphQLError
}

/** Hides the shared parts of a handler from all code but its transports. */
export class HandlerInternals {
  readonly #deps: TransportDeps

  constructor(deps: TransportDeps) {
    this.#deps = deps
  }

  static depsOf({ internals }: Pick<GraphQLHandler, 'internals'>): TransportDeps {
    return internals.#deps
  }
}

/** Answers queries, mutations, and subscriptions as event streams. It holds nothing that must be closed. */
export interface GraphQLHandler {
  (request: Request): Promise<Response>
  /** Number of open subscriptions, over every transport. */
  readonly subscriptions: { readonly total: number }
  /** Number of refusals, delays and disconnections by each limit since the handler was created. */
  readonly refusals: LimitRefusals
  /** For `createNodeListener` and `useWebSocket`. */
  readonly internals: HandlerInternals
}

/**
 * Returns the shared parts of a handler.
 * @throws TypeError for a function that `createHandler` did not make
 */
export const depsOf = HandlerInternals.depsOf
