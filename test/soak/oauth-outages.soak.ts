import { afterEach, expect, it, vi } from 'vitest'
import { startConnected } from '../fixtures/oauth/connected.ts'
import { outlast } from '../oauth/outages.ts'

const outages = [
  ['refuse', 15],
  ['500', 15],
  ['hang', 60],
] as const

afterEach(() => vi.useRealTimers())

// At once: they share the clock, and wait most of the time.
it('an outage loses nothing: 15 s of refused connections, 15 s of status 500, and a minute without an answer', async () => {
  await using stack = new AsyncDisposableStack()
  const started = await Promise.all(
    outages.map(async ([fault, seconds]) => ({ fault, seconds, connected: stack.use(await startConnected()) })),
  )
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
  const outlasting = started.map(async ({ fault, seconds, connected }) => {
    const outcome = await outlast(connected, fault, seconds * 1_000, 2_000)
    process.stdout.write(`An outage of ${seconds} s, ${fault}: ${JSON.stringify(outcome)}\n`)
    expect(outcome.requests).toBeLessThan(30)
  })
  const ended = await Promise.allSettled(outlasting)
  expect(ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))).toEqual([])
})
