import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { countTurns, holdLoop } from '../../../../test/fixtures/process/event-loop.ts'
import { slices } from './slices.ts'

/** Begins in a turn of the loop of which no work has had a part yet. */
const freshTurn = async () => {
  await slices.next()
  await nextTurn()
}

describe('a slice', () => {
  it('is over after some ms, for all that work in the same turn of the loop', async () => {
    await freshTurn()
    expect(slices.isOver).toBe(false)
    holdLoop(8)
    expect(slices.isOver).toBe(true)
    await nextTurn()
    expect(slices.isOver).toBe(false)
  })

  it('is granted to one piece of work at a time, in order, with a turn of the loop between two', async () => {
    const done: string[] = []
    using loop = countTurns()
    async function longWork(name: string) {
      for (let piece = 0; piece < 3; piece += 1) {
        await slices.next()
        done.push(`${name}${piece} ${loop.turns}`)
        holdLoop(6)
      }
    }
    await Promise.all([longWork('a'), longWork('b')])
    expect(done.map((each) => each.split(' ')[0])).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2'])
    expect(new Set(done.map((each) => each.split(' ')[1])).size).toBe(6)
  })

  it('is followed by a rest while the loop has other work', async () => {
    let isOver = false
    // As long as it took: the machine may have other work meanwhile.
    const held = (ms: number) => {
      const begunAt = performance.now()
      holdLoop(ms)
      return performance.now() - begunAt
    }
    let othersMs = 0
    const other = () => {
      othersMs += held(1)
      if (!isOver) setImmediate(other)
    }
    setImmediate(other)
    let ownMs = 0
    for (let piece = 0; piece < 5; piece += 1) {
      await slices.next()
      ownMs += held(5)
    }
    isOver = true
    // No rest comes before the first slice.
    expect(othersMs).toBeGreaterThanOrEqual(2 * ownMs)
  })

  it('is granted to work that holds a lock first', async () => {
    const done: string[] = []
    const waits = [
      slices.next().then(() => done.push('first')),
      slices.next().then(() => done.push('second')),
      slices.soon().then(() => done.push('soon')),
    ]
    await Promise.all(waits)
    expect(done).toEqual(['soon', 'first', 'second'])
  })
})

describe('short parts', () => {
  it('are done at once, until the slice is over; the others wait in order, and share slices', async () => {
    await freshTurn()
    const done: number[] = []
    const parts = Array.from({ length: 40 }, (_, part) =>
      slices.run(() => {
        holdLoop(1)
        done.push(part)
      }),
    )
    // One alone where the machine is taken away for a slice.
    expect(done.length).toBeGreaterThan(0)
    expect(done.length).toBeLessThan(10)
    await Promise.all(parts)
    expect(done).toEqual(Array.from({ length: 40 }, (_, part) => part))
  })

  it('reject with what they throw', async () => {
    const failing = () => {
      throw new Error('a part failed')
    }
    await expect(slices.run(failing)).rejects.toThrow('a part failed')
  })
})
