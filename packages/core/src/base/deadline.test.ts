import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from './deadline.ts'
import { RegistryError } from './errors.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const second = { name: 'requestMs', ms: 1_000 }
const minute = { name: 'maxTotalMs', ms: 60_000 }

function endsOf(deadline: ReturnType<typeof startDeadline>): RegistryError[] {
  const ends: RegistryError[] = []
  deadline.onEnd((error) => ends.push(error))
  return ends
}

describe('a deadline', () => {
  it('ends once, at the first that passes, and says which', () => {
    const deadline = startDeadline(new AbortController().signal, [second, minute])
    const ends = endsOf(deadline)
    vi.advanceTimersByTime(999)
    expect(deadline.error).toBeUndefined()
    vi.advanceTimersByTime(100_000)
    expect(ends).toEqual([deadline.error])
    expect(deadline.error).toMatchObject({ code: 'TIMEOUT', message: 'No answer within requestMs (1000 ms)' })
  })

  it('has a signal with the same error, whether it is read before the end or after', () => {
    const [early, late] = [
      startDeadline(new AbortController().signal, [second]),
      startDeadline(new AbortController().signal, [second]),
    ]
    const { signal } = early
    vi.advanceTimersByTime(1_000)
    expect(signal.reason).toBe(early.error)
    expect(late.signal.aborted).toBe(true)
    expect(late.signal.reason).toBe(late.error)
  })

  it("ends with its caller, a signal or another deadline, and has the caller's error", () => {
    const caller = new AbortController()
    const outer = startDeadline(caller.signal, [minute])
    const inner = startDeadline(outer, [second])
    const ends = endsOf(inner)
    const why = new RegistryError('CANCELED', 'enough')
    caller.abort(why)
    expect([outer.error, inner.error, ...ends]).toEqual([why, why, why])
    expect(startDeadline(outer, [second]).error).toBe(why)
    expect(startDeadline(AbortSignal.abort('x'), [second]).error).toMatchObject({ code: 'CANCELED', cause: 'x' })
  })

  it('follows a signal of another realm', () => {
    const foreign = Object.assign(new EventTarget(), {
      aborted: false,
      reason: 'x',
      onabort: null,
      throwIfAborted: () => undefined,
    })
    const deadline = startDeadline(foreign, [second])
    foreign.dispatchEvent(new Event('abort'))
    expect(deadline.error).toMatchObject({ code: 'CANCELED', cause: 'x' })
  })

  it('begins its first part anew, while the rest keeps running', () => {
    const deadline = startDeadline(new AbortController().signal, [second, { name: 'maxTotalMs', ms: 1_500 }])
    vi.advanceTimersByTime(900)
    deadline.extend()
    vi.advanceTimersByTime(599)
    expect(deadline.error).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(deadline.error?.message).toBe('No answer within maxTotalMs (1500 ms)')
  })

  it('holds no timer and no listener once it is disposed', () => {
    const caller = new AbortController()
    const outer = startDeadline(caller.signal, [minute])
    const inner = startDeadline(outer, [second, minute])
    const ends = endsOf(inner)
    inner[Symbol.dispose]()
    vi.advanceTimersByTime(2_000)
    caller.abort()
    expect(ends).toEqual([])
    outer[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(0)
  })
})
