import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPace } from './pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('lets the first begin at once, each other one so long after it, and saves nothing up', () => {
  const pace = createPace(100)
  expect([pace(), pace(), pace()]).toEqual([0, 100, 200])
  vi.advanceTimersByTime(250)
  expect(pace()).toBeCloseTo(50)
  vi.advanceTimersByTime(10_000)
  expect([pace(), pace()]).toEqual([0, 100])
})
