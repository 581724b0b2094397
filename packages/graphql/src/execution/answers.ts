import { createTurns, type Release } from '@toolyard/core/budgets/turns'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Context, Usage } from '../context/context.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { measureAnswer } from '../limits/measure-answer.ts'
import { createSlots } from '../limits/subscription-slots.ts'
import { rateLimited } from './admit.ts'

/** An answer, and what holds its place among those of its tenant: undefined if it is short. */
export interface HeldResult {
  readonly result: ExecutionResult
  readonly bytes: number
  readonly release: Release | undefined
}

/** What all answers of a handler may take of the memory at a time. */
export interface Answers {
  /**
   * The result of `execute`, or LIMIT_EXCEEDED in its place if it is too long. What `mayBeLong` waits for room first.
   * Rejects with what `execute` throws, and once the client is no longer there.
   */
  hold(context: Context, mayBeLong: boolean, execute: () => Promise<ExecutionResult>): Promise<HeldResult>
  /** The same, held until the answer is sent, and charged. Rejects with RATE_LIMITED if too many wait. */
  within(context: Context, mayBeLong: boolean, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult>
}

/** Answers that are not counted, in bytes: many small ones are bounded by the connections that they go over. */
const shortAnswer = 65_536
/** Answers without fields that may be long, of at most so much cost, are short: they are not measured. */
const shortCost = 1_000

const isShort = ({ isLong, cost }: Usage) => isLong !== true && cost <= shortCost

/** A guess at when a long answer has been sent, in ms. */
const retryAfterMs = 1_000

export function createAnswers(meter: LimitMeter): Answers {
  const { maxAnswerBytes, answerBytesPerTenant, waitingPerTenant } = meter.limits
  const turns = createTurns<string>({ max: 2 * answerBytesPerTenant, share: () => 0.5 })
  const waiting = createSlots<string>(waitingPerTenant)

  /** Answers the function that leaves it, which may be called twice. */
  function joinLine({ caller }: Context): () => void {
    const leave = waiting.take(caller.tenant)
    if (!leave) throw rateLimited(meter, 'waitingPerTenant', retryAfterMs)
    return leave
  }

  async function room({ caller: { tenant }, exchange }: Context, bytes: number): Promise<Release> {
    // There is as much as anything takes.
    if (answerBytesPerTenant === Number.POSITIVE_INFINITY) return () => undefined
    const free = turns.tryAcquire(tenant, bytes)
    if (free) return free
    meter.count('answerBytesPerTenant')
    return turns.acquire(tenant, exchange.signal, bytes)
  }

  function tooLong(got: number): ExecutionResult {
    const expected = meter.atMost('maxAnswerBytes', 'bytes')
    const message = `The answer is too long: expected ${expected}, got more than ${Math.floor(got)}; ask for smaller pages, or for less of each item`
    return { errors: [meter.exceeded('maxAnswerBytes', message)] }
  }

  async function hold(
    context: Context,
    mayBeLong: boolean,
    execute: () => Promise<ExecutionResult>,
  ): Promise<HeldResult> {
    const release = mayBeLong ? await room(context, Math.min(maxAnswerBytes, answerBytesPerTenant)) : undefined
    try {
      const result = await execute()
      const bytes = isShort(context.usage) ? 0 : measureAnswer(result.data, maxAnswerBytes)
      if (bytes > maxAnswerBytes) {
        release?.()
        return { result: tooLong(bytes), bytes: 0, release: undefined }
      }
      if (bytes <= shortAnswer) {
        release?.()
        return { result, bytes, release: undefined }
      }
      release?.(bytes)
      return { result, bytes, release: release ?? (await room(context, bytes)) }
    } catch (error) {
      release?.()
      throw error
    }
  }

  async function holdInLine(context: Context, execute: () => Promise<ExecutionResult>): Promise<HeldResult> {
    const leaveLine = joinLine(context)
    try {
      return await hold(context, true, () => {
        leaveLine()
        return execute()
      })
    } finally {
      leaveLine()
    }
  }

  return {
    hold,
    async within(context, mayBeLong, execute) {
      const { result, bytes, release } = await (mayBeLong
        ? holdInLine(context, execute)
        : hold(context, false, execute))
      context.usage.charge?.(bytes)
      context.exchange.bytes = bytes
      if (release) context.exchange.whenSent(release)
      return result
    },
  }
}

/** Why an operation of a client ends that is no longer there. */
export function clientGone(): GraphQLError {
  return new GraphQLError('The client has closed the connection', { extensions: { code: 'CANCELED' } })
}
