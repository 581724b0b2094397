import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId } from '../base/ids.ts'
import { createRequestLimiter } from './request-limiter.ts'

const forever = new AbortController().signal

describe('the request limiter', () => {
  it('are never more than the limit, go to those who wait in order, and pass over those who left', async () => {
    const actions = fc.array(fc.oneof(fc.constant('acquire'), fc.constant('release'), fc.constant('leave')), {
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), actions, async (limit, steps) => {
        const limiter = createRequestLimiter(limit)
        const serverId = createId('server')
        const held: (() => void)[] = []
        const order: number[] = []
        const waiting: { readonly n: number; readonly leaving: AbortController }[] = []
        let asked = 0
        for (const step of steps) {
          if (step === 'acquire') {
            const n = asked
            asked += 1
            const leaving = new AbortController()
            waiting.push({ n, leaving })
            limiter.acquire(serverId, leaving.signal).then(
              (giveBack) => {
                order.push(n)
                held.push(giveBack)
                waiting.splice(
                  waiting.findIndex((each) => each.n === n),
                  1,
                )
              },
              () => undefined,
            )
          } else if (step === 'release') held.shift()?.()
          else waiting.pop()?.leaving.abort()
          await new Promise((resolve) => setImmediate(resolve))
          expect(held.length).toBeLessThanOrEqual(limit)
          // No request waits while there is room.
          if (waiting.length > 0) expect(held.length).toBe(limit)
        }
        expect(order).toEqual(order.toSorted((a, b) => a - b))
      }),
      { numRuns: 50 },
    )
  })

  it('of one server have nothing to do with those of another', async () => {
    const limiter = createRequestLimiter(1)
    await limiter.acquire(createId('server'), forever)
    await limiter.acquire(createId('server'), forever)
  })

  it('are refused with the reason of a signal that has aborted', async () => {
    const limiter = createRequestLimiter(1)
    const serverId = createId('server')
    await limiter.acquire(serverId, forever)
    const reason = new Error('gone')
    await expect(limiter.acquire(serverId, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
