import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTenantTurns } from './tenant-turns.ts'

it('keep nobody waiting while one tenant asks', () => {
  const take = createTenantTurns()
  expect(Array.from({ length: 100 }, () => take('a'))).toEqual(Array(100).fill(undefined))
})

it('let one that asks for much begin one request in each turn of the loop, and another at once', async () => {
  const take = createTenantTurns()
  take('b')
  const done: string[] = []
  const ask = async (name: string, tenant: string) => {
    const turn = take(tenant)
    if (turn) await turn
    done.push(name)
  }
  const many = Array.from({ length: 5 }, (_, n) => ask(`a${n}`, 'a'))
  const other = ask('b', 'b')
  expect(done).toEqual(['a0', 'b'])
  await nextTurn()
  expect(done).toEqual(['a0', 'b', 'a1'])
  await ask('b again', 'b')
  expect(done).toEqual(['a0', 'b', 'a1', 'b again'])
  await Promise.all([...many, other])
  expect(done).toEqual(['a0', 'b', 'a1', 'b again', 'a2', 'a3', 'a4'])
})
