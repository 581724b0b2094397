import type { ExecutionResult } from 'graphql'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endWithAccess, whenAccessEnds } from './access-end.ts'
import type { Caller } from './caller.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

const caller = (expiresAt: number | null, revoked?: AbortSignal): Caller => ({
  tenant: 'default',
  id: 'k',
  scopes: new Set(),
  expiresAt,
  ...(revoked ? { revoked } : {}),
})

/** Results that come when they are pushed, as those of a subscription do. */
function source() {
  const waiting: ((step: IteratorResult<ExecutionResult>) => void)[] = []
  let returned = 0
  const results: AsyncIterableIterator<ExecutionResult> = {
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async return() {
      returned += 1
      for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined })
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => results,
  }
  const push = (n: number) => waiting.shift()?.({ done: false, value: { data: { n } } })
  return { results, push, returned: () => returned }
}

describe('the end of access', () => {
  it('comes when the caller expires, however far off that is, once', () => {
    const far = 90 * 86_400_000
    const end = vi.fn()
    whenAccessEnds(caller(far), end)
    vi.advanceTimersByTime(far - 1)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(far)
    expect(end).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('comes when the caller is revoked, and then not again', () => {
    const revoke = new AbortController()
    const end = vi.fn()
    whenAccessEnds(caller(1_000, revoke.signal), end)
    revoke.abort()
    vi.advanceTimersByTime(10_000)
    expect(end).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['expired', () => caller(-1)],
    ['revoked', () => caller(null, AbortSignal.abort())],
  ])('comes in a later turn for one who is %s already', (_, make) => {
    const end = vi.fn()
    whenAccessEnds(make(), end)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(end).toHaveBeenCalledTimes(1)
  })

  it('does not come once it is stopped, and leaves no timer', () => {
    const revoke = new AbortController()
    const end = vi.fn()
    whenAccessEnds(caller(1_000, revoke.signal), end)()
    revoke.abort()
    vi.advanceTimersByTime(10_000)
    expect(end).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('results of a caller', () => {
  it('pass as they are, then end with UNAUTHENTICATED and free their source', async () => {
    const { results, push, returned } = source()
    const ending = endWithAccess(caller(1_000), results)
    const first = ending.next()
    push(1)
    expect(await first).toEqual({ done: false, value: { data: { n: 1 } } })
    const second = ending.next()
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await second).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await ending.next()).toEqual({ done: true, value: undefined })
    expect(returned()).toBe(1)
  })

  it('end so too if nothing was being read when the access ended', async () => {
    const { results, returned } = source()
    const ending = endWithAccess(caller(1_000), results)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(returned()).toBe(1)
    expect((await ending.next()).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect((await ending.next()).done).toBe(true)
  })

  it('leave no timer when their reader goes first', async () => {
    const { results, returned } = source()
    const ending = endWithAccess(caller(1_000), results)
    await ending.return?.()
    expect(returned()).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    expect((await ending.next()).done).toBe(true)
  })
})
