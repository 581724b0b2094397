import { expect, it } from 'vitest'
import { inOrder } from './in-order.ts'

it('answers in the order of the items, whichever is done first, and works on so many at a time', async () => {
  let running = 0
  let most = 0
  const work = async (item: number) => {
    running += 1
    most = Math.max(most, running)
    // The later ones end sooner.
    for (let turn = item; turn < 10; turn += 1) await Promise.resolve()
    running -= 1
    return item * 2
  }
  expect(await Array.fromAsync(inOrder([1, 2, 3, 4, 5, 6], 3, work))).toEqual([2, 4, 6, 8, 10, 12])
  expect(most).toBe(3)
})

it('fails in the turn of the item that failed', async () => {
  const work = async (item: number) => {
    if (item > 1) throw new Error(`no ${item}`)
    return item
  }
  const results = inOrder([1, 2, 3], 2, work)
  expect(await results.next()).toEqual({ done: false, value: 1 })
  await expect(results.next()).rejects.toThrow('no 2')
})
