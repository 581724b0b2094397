import { execute } from '@graphql-tools/executor'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
} from 'graphql'
import { type Admit, readyOperation } from './admit.ts'
import { withoutStatus } from './errors.ts'
import type { Limits } from './limits/limits.ts'
import { releaseAtEnd, type Slots, tooManySubscriptions } from './limits/subscription-slots.ts'
import { withinTime } from './limits/within-time.ts'
import type { ObserveOperation } from './telemetry/observe-operations.ts'

/** One result of a subscription. Those who asked the same get the same object. */
export interface SharedResult {
  readonly result: ExecutionResult
  /** The result as JSON, made once. */
  readonly text: string
}

/** Answers an error as data, or an iterator of results; whoever got it ends it. */
export type SubscribeShared = (args: ExecutionArgs) => Promise<AsyncIterableIterator<SharedResult> | ExecutionResult>

function isIterable(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

function toShared({ data, errors, extensions }: ExecutionResult): SharedResult {
  const result: ExecutionResult = {
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(errors ? { errors } : {}),
  }
  let text: string | undefined
  return {
    result,
    get text() {
      text ??= JSON.stringify(errors ? { ...result, errors: errors.map(withoutStatus) } : result)
      return text
    },
  }
}

interface SubscribeParts {
  readonly admit: Admit
  readonly limits: Limits
  /** Of each tenant. */
  readonly subscriptions: Slots<string>
  readonly observe: ObserveOperation
  readonly mask: (error: unknown) => GraphQLError
}

/**
 * Executes subscriptions: for each event once for all who asked the same, as a thousand who watch one refresh did. The
 * library gives those who read the same page of a log the same events, which is how they are known here.
 */
export function createSubscribeShared(parts: SubscribeParts): SubscribeShared {
  const { admit, limits, subscriptions, observe, mask } = parts
  const shared = new WeakMap<object, Map<string, Promise<SharedResult>>>()
  const documents = new WeakMap<DocumentNode, number>()
  let lastDocument = 0

  /** All that a result depends on beside its event. */
  function keyOf(args: ExecutionArgs): string {
    const { document, operationName, variableValues, context } = readyOperation(args)
    const number = documents.get(document) ?? ++lastDocument
    documents.set(document, number)
    return JSON.stringify([number, operationName, variableValues, context.caller.tenant])
  }

  async function run(args: ExecutionArgs, event: unknown): Promise<SharedResult> {
    const result = await execute({ ...args, rootValue: event })
    if ('initialResult' in result) throw new Error('expected one result: the schema has no @defer and no @stream')
    return toShared(result.errors ? { ...result, errors: result.errors.map(mask) } : result)
  }

  function runOnce(args: ExecutionArgs, key: string, event: unknown): Promise<SharedResult> {
    if (typeof event !== 'object' || event === null) return run(args, event)
    const results = shared.get(event) ?? new Map<string, Promise<SharedResult>>()
    shared.set(event, results)
    const result = results.get(key) ?? run(args, event)
    results.set(key, result)
    return result
  }

  /** The events of the subscription, or its errors. */
  async function open(args: ExecutionArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
    const operation = readyOperation(args)
    const refusals = admit(operation)
    if (refusals.length > 0) return { errors: refusals.map(mask) }
    const release = subscriptions.take(operation.context.caller.tenant)
    if (!release) return { errors: [tooManySubscriptions('tenant', subscriptions.max)] }
    let stream: AsyncIterable<unknown> | ExecutionResult
    try {
      stream = await withinTime(limits.executionTimeoutMs, createSourceEventStream(args))
    } catch (error) {
      release()
      // It takes an error that has a path for one of its own, and throws it.
      return { errors: [mask(error)] }
    }
    if (isIterable(stream)) return releaseAtEnd(stream, release)
    release()
    return stream.errors ? { ...stream, errors: stream.errors.map(mask) } : stream
  }

  return async (args) => {
    const observation = observe(readyOperation(args))
    const stream = await observation.within(() => open(args))
    observation.end(isIterable(stream) ? undefined : stream.errors)
    if (!isIterable(stream)) return stream
    const events = stream[Symbol.asyncIterator]()
    const key = keyOf(args)

    async function next(): Promise<IteratorResult<SharedResult, undefined>> {
      let step: IteratorResult<unknown>
      try {
        step = await events.next()
      } catch (error) {
        throw mask(error)
      }
      return step.done ? { done: true, value: undefined } : { done: false, value: await runOnce(args, key, step.value) }
    }

    const results: AsyncIterableIterator<SharedResult> = {
      next,
      async return() {
        await events.return?.()
        return { done: true, value: undefined }
      },
      async throw(error) {
        await events.return?.()
        throw error
      },
      [Symbol.asyncIterator]: () => results,
    }
    return results
  }
}
