import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTokenBuckets } from './token-buckets.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void vi.useRealTimers())

/** With tokens as fractions, what was given back came to a little less than the last of these was told to wait for. */
const wasRefusedOnTime = [
  { caller: 'b', cost: 6, waitMs: 0 },
  { caller: 'b', cost: 20, waitMs: 161 },
  { caller: 'b', cost: 16, waitMs: 0 },
  { caller: 'b', cost: 14, waitMs: 544 },
]

it('never gives more than a full bucket and what came in since, to each by himself', () => {
  const step = fc.record({ caller: fc.constantFrom('a', 'b'), cost: fc.nat(30), waitMs: fc.nat(3_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buckets = createTokenBuckets({ capacity: 40, perSecond: 10 })
      const given = new Map<string, number>()
      const startedAt = Date.now()
      for (const { caller, cost, waitMs } of steps) {
        vi.advanceTimersByTime(waitMs)
        const refused = buckets.take(caller, cost)
        const { remaining, resetAt } = buckets.level(caller)
        expect(remaining).toBeLessThanOrEqual(40)
        expect(resetAt.getTime()).toBeGreaterThanOrEqual(Date.now())
        if (!refused) {
          given.set(caller, (given.get(caller) ?? 0) + cost)
          expect(given.get(caller)).toBeLessThanOrEqual(40 + ((Date.now() - startedAt) * 10) / 1_000 + 1e-6)
          continue
        }
        // A millisecond before it is refused again; then it is given.
        const early = refused.retryAfterMs - 1
        vi.advanceTimersByTime(early)
        expect(buckets.take(caller, cost)).toBeDefined()
        vi.advanceTimersByTime(refused.retryAfterMs - early)
        expect(buckets.take(caller, cost)).toBeUndefined()
        given.set(caller, (given.get(caller) ?? 0) + cost)
      }
    }),
    { examples: [[wasRefusedOnTime]] },
  )
})

it('lets through what costs more than a bucket holds, and has it paid for afterwards', () => {
  const buckets = createTokenBuckets({ capacity: 10, perSecond: 1 })
  expect(buckets.take('a', 25)).toBeUndefined()
  expect(buckets.level('a')).toMatchObject({ remaining: 0, resetAt: new Date(Date.now() + 25_000) })
  expect(buckets.take('a', 1)).toEqual({ retryAfterMs: 16_000 })
})

it('forgets those whose bucket is full again', () => {
  const buckets = createTokenBuckets({ capacity: 10, perSecond: 1 })
  for (let n = 0; n < 999; n += 1) buckets.take(`caller ${n}`, 1)
  vi.advanceTimersByTime(1_000)
  buckets.take('one more', 5)
  expect(buckets.size).toBe(1)
})

it('neither gives nor takes where the clock is set back', () => {
  const buckets = createTokenBuckets({ capacity: 10, perSecond: 1 })
  buckets.take('a', 6)
  vi.setSystemTime(Date.now() - 60_000)
  expect(buckets.level('a').remaining).toBe(4)
})
