import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { countTurns, holdLoop } from '../../../../test/fixtures/process/event-loop.ts'
import { createTenantTurns } from './tenant-turns.ts'

it('are undefined while one tenant sends requests', () => {
  const take = createTenantTurns()
  expect(Array.from({ length: 100 }, () => take('a'))).toEqual(Array(100).fill(undefined))
})

it('start some requests of a busy tenant in each turn of the loop, and those of another at once', async () => {
  const take = createTenantTurns()
  take('b')
  const done: string[] = []
  const ask = async (name: string, tenant: string, ms: number) => {
    const turn = take(tenant)
    if (turn) await turn
    done.push(name)
    holdLoop(ms)
  }
  const long = Array.from({ length: 4 }, (_, n) => ask(`a${n}`, 'a', 2))
  const other = ask('b', 'b', 0)
  expect(done).toEqual(['a0', 'b'])
  await nextTurn()
  expect(done).toEqual(['a0', 'b', 'a1'])
  await ask('b again', 'b', 0)
  expect(done).toEqual(['a0', 'b', 'a1', 'b again'])
  await Promise.all([...long, other])
  expect(done).toEqual(['a0', 'b', 'a1', 'b again', 'a2', 'a3'])
})

it('start many short requests in one turn', async () => {
  const take = createTenantTurns()
  take('b')
  using loop = countTurns()
  const requests = Array.from({ length: 200 }, async () => {
    const turn = take('a')
    if (turn) await turn
    holdLoop(0.05)
  })
  await Promise.all(requests)
  expect(loop.turns).toBeLessThan(50)
})
