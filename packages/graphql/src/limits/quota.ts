import type { GraphQLError } from 'graphql'
import type { LimitMeter } from './limit-meter.ts'

/** Limits how many things of one owner, such as a tenant, exist at a time. */
export interface Quota<Owner> {
  readonly max: number
  /** Number taken by all owners. */
  readonly total: number
  /** Returns the function that gives the part back, which may be called twice; undefined if the quota is exhausted. */
  take(owner: Owner): (() => void) | undefined
  count(owner: Owner): number
}

export function createQuota<Owner>(max: number): Quota<Owner> {
  const taken = new Map<Owner, number>()
  let total = 0
  return {
    max,
    get total() {
      return total
    },
    count: (owner) => taken.get(owner) ?? 0,
    take(owner) {
      const count = taken.get(owner) ?? 0
      if (count >= max) return undefined
      taken.set(owner, count + 1)
      total += 1
      let isTaken = true
      return () => {
        if (!isTaken) return
        isTaken = false
        total -= 1
        const left = (taken.get(owner) ?? 1) - 1
        if (left === 0) taken.delete(owner)
        else taken.set(owner, left)
      }
    },
  }
}

const owners = {
  subscriptionsPerTenant: 'subscriptions of one tenant',
  subscriptionsPerSocket: 'subscriptions of one socket',
  operationsPerSocket: 'operations of one socket',
} as const

/** Counts the refusal and returns its error. */
export function tooManyAtATime({ atMost, exceeded }: LimitMeter, name: keyof typeof owners): GraphQLError {
  const message = `Too many ${owners[name]} at a time: expected ${atMost(name)}; end one first`
  return exceeded(name, message, { http: { status: 429 } })
}

/** Calls `release` when the iterator ends, fails or is closed. */
export function releaseAtEnd<T>(
  source: AsyncIterable<T>,
  release: () => void,
): AsyncIterableIterator<T, undefined, undefined> {
  const iterator = source[Symbol.asyncIterator]()
  const released: AsyncIterableIterator<T, undefined, undefined> = {
    async next() {
      try {
        const step = await iterator.next()
        if (!step.done) return step
      } catch (error) {
        release()
        throw error
      }
      release()
      return { done: true, value: undefined }
    },
    async return() {
      release()
      await iterator.return?.()
      return { done: true, value: undefined }
    },
    async throw(error) {
      release()
      await iterator.return?.()
      throw error
    },
    [Symbol.asyncIterator]: () => released,
  }
  return released
}
