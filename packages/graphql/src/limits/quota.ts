import type { GraphQLError } from 'graphql'
import type { LimitMeter } from './limit-meter.ts'

/** Counts what goes on, by whose it is. */
export interface Slots<Owner> {
  readonly max: number
  /** Of all owners. */
  readonly total: number
  /** The function that gives the slot back, which may be called twice; undefined where there is none left. */
  take(owner: Owner): (() => void) | undefined
  count(owner: Owner): number
}

export function createSlots<Owner>(max: number): Slots<Owner> {
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

/** Counts the refusal, and answers its error. */
export function tooManyAtATime({ atMost, exceeded }: LimitMeter, name: keyof typeof owners): GraphQLError {
  const message = `Too many ${owners[name]} at a time: expected ${atMost(name)}; end one first`
  return exceeded(name, message, { http: { status: 429 } })
}

/** The iterator, with `release` called at its end, however that comes. */
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
