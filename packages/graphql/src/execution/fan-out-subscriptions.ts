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
import { withoutStatus } from '../errors/redact.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { releaseAtEnd, type Slots, tooManyAtATime } from '../limits/subscription-slots.ts'
import { withinTime } from '../limits/within-time.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'
import type { Admit } from './admit.ts'
import type { Answers, HeldResult } from './answers.ts'
import { jsonPieces } from './json-pieces.ts'

/** One result of a subscription. Those who asked the same get the same object. */
export interface SharedResult extends ExecutionResult {
  /** The result as JSON, made once; undefined if it is long. */
  readonly text: string | undefined
  /** The result as JSON, made anew for each who reads it. */
  pieces(): Iterable<string>
  /** Keeps its place among the answers of the tenant, until the function is called that it answers. */
  hold(): () => void
}

/** Answers an error as data, or an iterator of results; whoever got it ends it. */
export type FanOutSubscriptions = (
  args: ExecutionArgs,
) => Promise<AsyncIterableIterator<SharedResult> | ExecutionResult>

function isIterable(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

/** Calls `release` once all that held it have let go. */
function createHolds(release: (() => void) | undefined): () => () => void {
  let holds = 0
  return () => {
    if (!release) return () => undefined
    holds += 1
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      holds -= 1
      if (holds === 0) release()
    }
  }
}

function toShared({ result: { data, errors, extensions }, release }: HeldResult): SharedResult {
  const value = {
    ...(data === undefined ? {} : { data }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(errors ? { errors: errors.map(withoutStatus) } : {}),
  }
  const hold = createHolds(release)
  if (release) {
    // Until those who asked for it have taken hold of it themselves.
    setImmediate(hold())
    return { text: undefined, pieces: () => jsonPieces(value), hold }
  }
  const text = JSON.stringify(value)
  return { text, pieces: () => [text], hold }
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

/**
 * Executes subscriptions: for each event once for all who asked the same, as a thousand who watch one refresh did. The
 * library gives those who read the same page of a log the same events, which is how they are known here.
 */
export function createFanOutSubscriptions(parts: SubscribeParts): FanOutSubscriptions {
  const { admit, meter, answers, subscriptions, observe, mask } = parts
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
    // Others wait for it too: it does not end with the client that asked first.
    const context = { ...readyOperation(args).context, exchange: noExchange() }
    const held = await answers.hold(context, context.usage.isLong === true, async () => {
      const result = await execute({ ...args, rootValue: event })
      if ('initialResult' in result) throw new Error('expected one result: the schema has no @defer and no @stream')
      return result.errors ? { ...result, errors: result.errors.map(mask) } : result
    })
    return toShared(held)
  }

  function runOnce(args: ExecutionArgs, key: string, event: unknown): Promise<SharedResult> {
    if (typeof event !== 'object' || event === null) return run(args, event)
    const results = shared.get(event) ?? new Map<string, Promise<SharedResult>>()
    shared.set(event, results)
    const known = results.get(key)
    if (known) return known
    const result = run(args, event)
    results.set(key, result)
    // Those who come later may have more luck.
    result.catch(() => results.delete(key))
    return result
  }

  /** The events of the subscription, or its errors. */
  async function open(args: ExecutionArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
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

  return async (args) => {
    const observation = observe(readyOperation(args))
    const stream = await observation.within(() => open(args))
    observation.end(isIterable(stream) ? undefined : stream.errors)
    if (!isIterable(stream)) return stream
    const events = stream[Symbol.asyncIterator]()
    const key = keyOf(args)

    /** Of the result before: who asks for the next one has sent it. */
    let release: (() => void) | undefined
    let hasFailed = false

    async function next(): Promise<IteratorResult<SharedResult, undefined>> {
      release?.()
      if (hasFailed) return { done: true, value: undefined }
      try {
        const step = await events.next()
        if (step.done) return { done: true, value: undefined }
        const value = await runOnce(args, key, step.value)
        release = value.hold()
        return { done: false, value }
      } catch (error) {
        hasFailed = true
        throw mask(error)
      }
    }

    const results: AsyncIterableIterator<SharedResult> = {
      next,
      async return() {
        release?.()
        await events.return?.()
        return { done: true, value: undefined }
      },
      async throw(error) {
        release?.()
        await events.return?.()
        throw error
      },
      [Symbol.asyncIterator]: () => results,
    }
    return results
  }
}
