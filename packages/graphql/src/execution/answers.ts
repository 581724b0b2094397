import { createTurns, type Release, type Turns } from '@toolyard/core/budgets/turns'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Context, Usage } from '../context/context.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { measureAnswer } from '../limits/measure-answer.ts'
import { createSlots, type Slots } from '../limits/subscription-slots.ts'
import { rateLimited } from './admit.ts'

/** An answer, and what holds its place among those of its tenant: undefined if it is short. */
export interface HeldResult {
  readonly result: ExecutionResult
  readonly bytes: number
  readonly release: Release | undefined
}

type Execute = () => Promise<ExecutionResult>

/** What all answers of a handler may take of the memory at a time. */
export interface Answers {
  /**
   * The result of `execute`, or LIMIT_EXCEEDED in its place if it is too long. What `mayBeLong` waits for room first.
   * Rejects with what `execute` throws, and once the client is no longer there.
   */
  hold(context: Context, mayBeLong: boolean, execute: Execute): Promise<HeldResult>
  /** The same, held until the answer is sent, and charged. Rejects with RATE_LIMITED if too many wait. */
  within(context: Context, mayBeLong: boolean, execute: Execute): Promise<ExecutionResult>
}

/** Answers that are not counted, in bytes: many small ones are bounded by the connections that they go over. */
const shortAnswer = 65_536
/** Answers without fields that may be long, of at most so much cost, are short: they are not measured. */
const shortCost = 1_000

const isShort = ({ isLong, cost }: Usage) => isLong !== true && cost <= shortCost

/** A guess at when a long answer has been sent, in ms. */
const retryAfterMs = 1_000

class TenantAnswers implements Answers {
  readonly #meter: LimitMeter
  readonly #turns: Turns<string>
  readonly #waiting: Slots<string>

  constructor(meter: LimitMeter) {
    const { answerBytesPerTenant, waitingPerTenant } = meter.limits
    this.#meter = meter
    this.#turns = createTurns<string>({ max: 2 * answerBytesPerTenant, share: () => 0.5 })
    this.#waiting = createSlots<string>(waitingPerTenant)
  }

  async hold(context: Context, mayBeLong: boolean, execute: Execute): Promise<HeldResult> {
    const { maxAnswerBytes, answerBytesPerTenant } = this.#meter.limits
    const release = mayBeLong ? await this.#room(context, Math.min(maxAnswerBytes, answerBytesPerTenant)) : undefined
    try {
      const result = await execute()
      const bytes = isShort(context.usage) ? 0 : measureAnswer(result.data, maxAnswerBytes)
      if (bytes > maxAnswerBytes) {
        release?.()
        return { result: tooLong(this.#meter, bytes), bytes: 0, release: undefined }
      }
      if (bytes <= shortAnswer) {
        release?.()
        return { result, bytes, release: undefined }
      }
      release?.(bytes)
      return { result, bytes, release: release ?? (await this.#room(context, bytes)) }
    } catch (error) {
      release?.()
      throw error
    }
  }

  async within(context: Context, mayBeLong: boolean, execute: Execute): Promise<ExecutionResult> {
    const { result, bytes, release } = await (mayBeLong
      ? this.#holdInLine(context, execute)
      : this.hold(context, false, execute))
    context.usage.charge?.(bytes)
    context.exchange.bytes = bytes
    if (release) context.exchange.whenSent(release)
    return result
  }

  async #holdInLine(context: Context, execute: Execute): Promise<HeldResult> {
    const leaveLine = this.#joinLine(context)
    try {
      return await this.hold(context, true, () => {
        leaveLine()
        return execute()
      })
    } finally {
      leaveLine()
    }
  }

  /** Answers the function that leaves it, which may be called twice. */
  #joinLine({ caller }: Context): () => void {
    const leave = this.#waiting.take(caller.tenant)
    if (!leave) throw rateLimited(this.#meter, 'waitingPerTenant', retryAfterMs)
    return leave
  }

  async #room({ caller: { tenant }, exchange }: Context, bytes: number): Promise<Release> {
    // There is as much as anything takes.
    if (this.#meter.limits.answerBytesPerTenant === Number.POSITIVE_INFINITY) return () => undefined
    const free = this.#turns.tryAcquire(tenant, bytes)
    if (free) return free
    this.#meter.count('answerBytesPerTenant')
    return this.#turns.acquire(tenant, exchange.signal, bytes)
  }
}

function tooLong({ atMost, exceeded }: LimitMeter, got: number): ExecutionResult {
  const expected = atMost('maxAnswerBytes', 'bytes')
  const message = `The answer is too long: expected ${expected}, got more than ${Math.floor(got)}; ask for smaller pages, or for less of each item`
  return { errors: [exceeded('maxAnswerBytes', message)] }
}

export function createAnswers(meter: LimitMeter): Answers {
  return new TenantAnswers(meter)
}

/** Why an operation of a client ends that is no longer there. */
export function clientGone(): GraphQLError {
  return new GraphQLError('The client has closed the connection', { extensions: { code: 'CANCELED' } })
}
