import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const forever = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('never give away more than there is, nor more than its share to one owner, and lose nobody who waits', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('acquire'), owner: fc.nat(2), weight: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constantFrom('release', 'leave'), owner: fc.nat(2), weight: fc.constant(1) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.array(step, { maxLength: 60 }), async (max, steps) => {
        const turns = createTurns<number>({ max, share: () => 0.5 })
        const held: { readonly owner: number; readonly weight: number; readonly release: () => void }[] = []
        const waiting: AbortController[] = []
        let asked = 0
        let left = 0
        let given = 0
        for (const { kind, owner, weight } of steps) {
          if (kind === 'release') held.shift()?.release()
          else if (kind === 'leave') waiting.pop()?.abort()
          else {
            asked += 1
            const leaving = new AbortController()
            waiting.push(leaving)
            turns.acquire(owner, leaving.signal, weight).then(
              (release) => {
                given += 1
                held.push({ owner, weight, release })
                waiting.splice(waiting.indexOf(leaving), 1)
              },
              () => {
                left += 1
              },
            )
          }
          await settled()
          const taken = held.reduce((sum, each) => sum + each.weight, 0)
          expect(turns.taken).toBe(taken)
          if (held.length > 1) expect(taken).toBeLessThanOrEqual(max)
          for (const each of [0, 1, 2]) {
            const parts = held.filter((part) => part.owner === each)
            const weightOfOwner = parts.reduce((sum, part) => sum + part.weight, 0)
            if (parts.length > 1) expect(weightOfOwner).toBeLessThanOrEqual(Math.ceil(max / 2))
          }
          expect(turns.waiting).toBe(asked - left - given)
        }
        while (held.length > 0) {
          held.shift()?.release()
          await settled()
        }
        expect(turns.waiting).toBe(0)
        expect(turns.taken).toBe(0)
        expect(given + left).toBe(asked)
      }),
      { numRuns: 50 },
    )
  })

  it('go round the owners that wait, however many parts one of them asks for', async () => {
    const turns = createTurns<string>({ max: 1, share: () => 1 })
    const order: string[] = []
    const release = await turns.acquire('many', forever)
    const ask = (owner: string) =>
      turns.acquire(owner, forever).then((giveBack) => {
        order.push(owner)
        giveBack()
      })
    const asked = ['many', 'many', 'many', 'few', 'many'].map(ask)
    release()
    await Promise.all(asked)
    expect(order).toEqual(['many', 'few', 'many', 'many', 'many'])
  })

  it('let through a part that is heavier than all there is, by itself', async () => {
    const turns = createTurns<string>({ max: 4, share: () => 0.5 })
    const light = await turns.acquire('a', forever)
    const heavy = turns.acquire('b', forever, 10)
    await settled()
    expect(turns.waiting).toBe(1)
    expect(turns.isFree('c')).toBe(false)
    light()
    ;(await heavy)()
    expect(turns.taken).toBe(0)
  })
})
