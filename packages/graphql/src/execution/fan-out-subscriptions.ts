import { execute } from '@graphql-tools/executor'
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
import { releaseAtEnd, type Slots, tooManyAtATime } from '../limits/subscription-slots.ts'
import { withinTime } from '../limits/within-time.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'
import type { Admit } from './admit.ts'
import type { Answers } from './answers.ts'
import { type SharedResult, SharedResults, toShared } from './shared-results.ts'

/** Answers an error as data, or an iterator of results; whoever got it ends it. */
export type FanOutSubscriptions = (
  args: ExecutionArgs,
) => Promise<AsyncIterableIterator<SharedResult> | ExecutionResult>

function isIterable(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

interface SubscribeParts {
  readonly admit: Admit
  readonly meter: LimitMeter
  readonly answers: Answers
  /** Of each tenant. */
  readonly subscriptions: Slots<string>
  readonly observe: ObserveOperation
  readonly mask: (error: unknown) => GraphQLError
}

class SubscriptionFanOut {
  readonly #parts: SubscribeParts
  readonly #shared = new WeakMap<object, Map<string, Promise<SharedResult>>>()
  readonly #documents = new WeakMap<DocumentNode, number>()
  #lastDocument = 0

  constructor(parts: SubscribeParts) {
    this.#parts = parts
  }

  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<SharedResult> | ExecutionResult> {
    const { observe, mask } = this.#parts
    const observation = observe(readyOperation(args))
    const stream = await observation.within(() => this.#open(args))
    observation.end(isIterable(stream) ? undefined : stream.errors)
    if (!isIterable(stream)) return stream
    const key = this.#keyOf(args)
    return new SharedResults(stream, (event) => this.#executeOnce(args, key, event), mask)
  }

  /** The events of the subscription, or its errors. */
  async #open(args: ExecutionArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const { admit, meter, subscriptions, mask } = this.#parts
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
      // It takes an error that has a path for one of its own, and throws it.
      return { errors: [mask(error)] }
    }
    if (isIterable(stream)) return releaseAtEnd(stream, release)
    release()
    return stream.errors ? { ...stream, errors: stream.errors.map(mask) } : stream
  }

  /** All that a result depends on beside its event. */
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
    // Those who come later may have more luck.
    result.catch(() => results.delete(key))
    return result
  }

  async #execute(args: ExecutionArgs, event: unknown): Promise<SharedResult> {
    const { answers, mask } = this.#parts
    // Others wait for it too: it does not end with the client that asked first.
    const context = { ...readyOperation(args).context, exchange: noExchange() }
    const held = await answers.hold(context, context.usage.isLong === true, async () => {
      const result = await execute({ ...args, rootValue: event })
      if ('initialResult' in result) throw new Error('expected one result: the schema has no @defer and no @stream')
      return result.errors ? { ...result, errors: result.errors.map(mask) } : result
    })
    return toShared(held)
  }
}

/**
 * Executes subscriptions: for each event once for all who asked the same, as a thousand who watch one refresh did. The
 * library gives those who read the same page of a log the same events, which is how they are known here.
 */
export function createFanOutSubscriptions(parts: SubscribeParts): FanOutSubscriptions {
  const fanOut = new SubscriptionFanOut(parts)
  return (args) => fanOut.subscribe(args)
}
