import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const forever = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('turns', () => {
  it('never give away more than there is, nor more than its share to one owner, and lose no waiter', async () => {
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

  it('begin at once for one that comes where another has all, which it took while it was alone', async () => {
    let isAlone = true
    const turns = createTurns<string>({ max: 4, share: () => (isAlone ? 1 : 0.5) })
    const held = await Promise.all([1, 2, 3, 4].map(() => turns.acquire('first', forever)))
    isAlone = false
    const others = [await turns.acquire('second', forever), await turns.acquire('second', forever)]
    expect(turns.taken).toBe(6)
    // Neither gets more than its share from here on.
    let isGiven = 0
    for (const owner of ['first', 'second']) void turns.acquire(owner, forever).then(() => (isGiven += 1))
    for (const release of held.slice(0, 2)) release()
    await settled()
    expect(isGiven).toBe(0)
    held[2]?.()
    await settled()
    expect(isGiven).toBe(1)
    for (const release of others) release()
    await settled()
    expect(isGiven).toBe(2)
  })

  it('are not held up by one that waits at its share', async () => {
    const turns = createTurns<string>({ max: 4, share: () => 0.5 })
    await turns.acquire('greedy', forever)
    await turns.acquire('greedy', forever)
    void turns.acquire('greedy', forever)
    expect(turns.isFree('greedy')).toBe(false)
    expect(turns.isFree('other')).toBe(true)
    await turns.acquire('other', forever)
  })

  it('take back what is idle for those that wait: of the owner at its share, else of any', async () => {
    const idle = new Map<string, () => void>()
    const asked: (string | undefined)[] = []
    const turns = createTurns<string>({
      max: 4,
      share: () => 0.5,
      reclaim(owner) {
        asked.push(owner)
        const [found] = owner === undefined ? idle.keys() : idle.has(owner) ? [owner] : []
        if (found === undefined) return false
        const giveBack = idle.get(found)
        idle.delete(found)
        giveBack?.()
        return true
      },
    })
    const hold = async (owner: string) => idle.set(owner, await turns.acquire(owner, forever))
    await turns.acquire('a', forever)
    await hold('a')
    await hold('b')
    expect(asked).toEqual([])
    await turns.acquire('a', forever)
    expect([asked, [...idle.keys()]]).toEqual([['a'], ['b']])
    const third = await turns.acquire('c', forever)
    expect(turns.taken).toBe(4)
    await turns.acquire('d', forever)
    expect([asked, idle.size]).toEqual([['a', undefined], 0])
    // What becomes idle later is asked for then.
    const waiting = turns.acquire('e', forever)
    idle.set('c', third)
    turns.retry()
    await waiting
    expect(asked.at(-1)).toBe(undefined)
  })
})
