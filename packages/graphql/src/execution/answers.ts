import { createTurns, type Release, type Turns } from '@toolyard/core/internal/turns'
import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Context, Usage } from '../context/context.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { measureAnswer } from '../limits/measure-answer.ts'
import { createQuota, type Quota } from '../limits/quota.ts'
import { rateLimited } from './admit.ts'

/** An answer with the function that releases its part of the tenant's budget; undefined if the answer is short. */
export interface HeldResult {
  readonly result: ExecutionResult
  readonly bytes: number
  readonly release: Release | undefined
}

type Execute = () => Promise<ExecutionResult>

/** Limits the memory that the answers of a handler take at a time. */
export interface Answers {
  /**
   * Returns the result of `execute`, or LIMIT_EXCEEDED if it is too long. An answer that may be long waits for room first.
   * Rejects with the error of `execute`, or when the client disconnects.
   */
  hold(context: Context, mayBeLong: boolean, execute: Execute): Promise<HeldResult>
  /** Also charges the caller, and holds the room until the answer is sent. Rejects with RATE_LIMITED if too many wait. */
  within(context: Context, mayBeLong: boolean, execute: Execute): Promise<ExecutionResult>
}

/** Longest answer that is not counted, in bytes: the number of connections limits such answers. */
const shortAnswer = 65_536
/** Highest cost of an answer without long fields that counts as short, and is not measured. */
const shortCost = 1_000

const isShort = ({ isLong, cost }: Usage) => isLong !== true && cost <= shortCost

/** Delay before a refused client tries again, in ms: a guess at the time that long answers take. */
const retryAfterMs = 1_000

class TenantAnswers implements Answers {
  readonly #meter: LimitMeter
  readonly #turns: Turns<string>
  readonly #waiting: Quota<string>

  constructor(meter: LimitMeter) {
    const { answerBytesPerTenant, waitingPerTenant } = meter.limits
    this.#meter = meter
    this.#turns = createTurns<string>({ max: 2 * answerBytesPerTenant, share: () => 0.5 })
    this.#waiting = createQuota<string>(waitingPerTenant)
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
    if (!mayBeLong && isShort(context.usage)) {
      context.exchange.bytes = 0
      return execute()
    }
    const { result, bytes, release } = await (mayBeLong
      ? this.#holdInQueue(context, execute)
      : this.hold(context, false, execute))
    context.usage.charge?.(bytes)
    context.exchange.bytes = bytes
    if (release) context.exchange.whenSent(release)
    return result
  }

  async #holdInQueue(context: Context, execute: Execute): Promise<HeldResult> {
    const leaveQueue = this.#joinQueue(context)
    try {
      return await this.hold(context, true, () => {
        leaveQueue()
        return execute()
      })
    } finally {
      leaveQueue()
    }
  }

  /** Returns the function that leaves the queue, which may be called twice. */
  #joinQueue({ caller }: Context): () => void {
    const leave = this.#waiting.take(caller.tenant)
    if (!leave) throw rateLimited(this.#meter, 'waitingPerTenant', retryAfterMs)
    return leave
  }

  async #room({ caller: { tenant }, exchange }: Context, bytes: number): Promise<Release> {
    // Without a limit there is always room.
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

/** Creates the reason with which the operations of a client end when it disconnects. */
export function clientDisconnected(): GraphQLError {
  return new GraphQLError('The client has closed the connection', { extensions: { code: 'CANCELED' } })
}
