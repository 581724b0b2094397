import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql'
import { noExchange } from '../context/context.ts'
import { readyOperation } from '../context/ready-operation.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { type Quota, tooManyAtATime } from '../limits/quota.ts'
import { withinTime } from '../limits/within-time.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'
import type { Admit } from './admit.ts'
import type { Answers } from './answers.ts'
import { executeOperation } from './execute-operation.ts'
import { type SharedResult, SharedResults, toShared } from './shared-results.ts'

/** Returns an error as data, or an iterator of results, which the caller closes. */
export type FanOutSubscriptions = (
  args: ExecutionArgs,
) => Promise<AsyncIterableIterator<SharedResult> | ExecutionResult>

function isIterable(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

interface OpenedEvents {
  readonly events: AsyncIterable<unknown>
  /** Gives the place among the tenant's subscriptions back; may be called twice. */
  readonly release: () => void
}

interface FanOutDeps {
  readonly admit: Admit
  readonly meter: LimitMeter
  readonly answers: Answers
  /** Subscriptions of each tenant. */
  readonly subscriptions: Quota<string>
  readonly observe: ObserveOperation
  readonly mask: (error: unknown) => GraphQLError
}

class SubscriptionFanOut {
  readonly #deps: FanOutDeps
  readonly #shared = new WeakMap<object, Map<string, Promise<SharedResult>>>()
  readonly #documents = new WeakMap<DocumentNode, number>()
  #lastDocument = 0

  constructor(deps: FanOutDeps) {
    this.#deps = deps
  }

  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<SharedResult> | ExecutionResult> {
    const { observe, mask } = this.#deps
    const observation = observe(readyOperation(args))
    const opened = await observation.within(() => this.#open(args))
    observation.end('events' in opened ? undefined : opened.errors)
    if (!('events' in opened)) return opened
    const key = this.#keyOf(args)
    return new SharedResults(opened.events, (event) => this.#executeOnce(args, key, event), mask, opened.release)
  }

  /** Returns the events of the subscription, or its errors. */
  async #open(args: ExecutionArgs): Promise<OpenedEvents | ExecutionResult> {
    const { admit, meter, subscriptions, mask } = this.#deps
    const operation = readyOperation(args)
    const refusals = admit(operation)
    if (refusals.length > 0) return { errors: refusals.map(mask) }
    const release = subscriptions.take(operation.context.caller.tenant)
    if (!release) return { errors: [tooManyAtATime(meter, 'subscriptionsPerTenant')] }
    let stream: AsyncIterable<unknown> | ExecutionResult
    try {
      stream = await withinTime(meter, createSourceEventStream(args))
    } catch (error) {
      release()
      // graphql throws an error that has a path, as if it were its own.
      return { errors: [mask(error)] }
    }
    if (isIterable(stream)) return { events: stream, release }
    release()
    return stream.errors ? { ...stream, errors: stream.errors.map(mask) } : stream
  }

  /** Names all that a result depends on beside its event. */
  #keyOf(args: ExecutionArgs): string {
    const { document, operationName, variableValues, context } = readyOperation(args)
    const number = this.#documents.get(document) ?? ++this.#lastDocument
    this.#documents.set(document, number)
    return JSON.stringify([number, operationName, variableValues, context.caller.tenant])
  }

  #executeOnce(args: ExecutionArgs, key: string, event: unknown): Promise<SharedResult> {
    if (typeof event !== 'object' || event === null) return this.#execute(args, event)
    const results = this.#shared.get(event) ?? new Map<string, Promise<SharedResult>>()
    this.#shared.set(event, results)
    const known = results.get(key)
    if (known) return known
    const result = this.#execute(args, event)
    results.set(key, result)
    // Later subscribers try again.
    result.catch(() => results.delete(key))
    return result
  }

  async #execute(args: ExecutionArgs, event: unknown): Promise<SharedResult> {
    const { answers, mask } = this.#deps
    // Other subscribers wait for the result too, so it must not end with the first client.
    const context = { ...readyOperation(args).context, exchange: noExchange() }
    const held = await answers.hold(context, context.usage.isLong === true, async () => {
      const result = await executeOperation({ ...args, rootValue: event })
      return result.errors ? { ...result, errors: result.errors.map(mask) } : result
    })
    return toShared(held)
  }
}

/**
 * Executes subscriptions once for each event, for all clients with the same operation, such as a thousand that watch one
 * refresh. The registry gives readers of the same page of a log the same event objects, by which results are shared.
 */
export function createFanOutSubscriptions(deps: FanOutDeps): FanOutSubscriptions {
  const fanOut = new SubscriptionFanOut(deps)
  return (args) => fanOut.subscribe(args)
}
