import { expect, it } from 'vitest'
import { rowsIn } from './object-rows.ts'

it('a list of objects with the same members has rows, also as the only list of an object', () => {
  const list = [{ a: 1, b: 2 }, { a: 3 }]
  expect(rowsIn(list)).toEqual({ columns: ['a', 'b'], rows: list })
  expect(rowsIn({ total: 2, items: list })).toMatchObject({ columns: ['a', 'b'] })
  for (const other of [[1, 2], [{ a: 1 }], [{ a: 1 }, { b: 1 }, { c: 1 }], { a: list, b: list }, 'x', null])
    expect(rowsIn(other)).toBeUndefined()
})
