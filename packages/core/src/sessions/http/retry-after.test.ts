import { describe, expect, it } from 'vitest'
import { HttpStatusError, parseRetryAfter } from './http-errors.ts'
import { withRetryAfter } from './retry-after.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms)
  })
})

describe('trying again', () => {
  const busy = (status: number, retryAfterMs?: number) =>
    new HttpStatusError({ status, retryAfterMs, hadSession: false })

  async function tries(error: unknown, { deadlineMs = 60_000, signal = new AbortController().signal } = {}) {
    let count = 0
    const attempt = async () => {
      count += 1
      throw error
    }
    const deadlineAt = performance.now() + deadlineMs
    await expect(withRetryAfter(attempt, { deadlineAt, signal })).rejects.toBe(error)
    return count
  }

  it('is done at most 3 times in all, and only for 429 and 503 with Retry-After', async () => {
    expect(await tries(busy(429, 0))).toBe(3)
    expect(await tries(busy(503, 0))).toBe(3)
    expect(await tries(busy(503))).toBe(1)
    expect(await tries(busy(500, 0))).toBe(1)
    expect(await tries(new Error('else'))).toBe(1)
  })

  it('is not done where the deadline comes first', async () => {
    expect(await tries(busy(503, 1_000), { deadlineMs: 500 })).toBe(1)
  })

  it('ends with the signal', async () => {
    const leaving = new AbortController()
    const attempt = async () => {
      setImmediate(() => leaving.abort())
      throw busy(503, 30_000)
    }
    const trying = withRetryAfter(attempt, { deadlineAt: performance.now() + 60_000, signal: leaving.signal })
    await expect(trying).rejects.toMatchObject({ name: 'AbortError' })
  })
})
