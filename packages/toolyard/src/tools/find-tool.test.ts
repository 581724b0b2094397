import { expect, it } from 'vitest'
import { qualifiedNames } from './find-tool.ts'

it('tries every slash as the one between server and tool', () => {
  expect(qualifiedNames('a/b/c')).toEqual([
    { server: 'a', tool: 'b/c' },
    { server: 'a/b', tool: 'c' },
  ])
  expect(qualifiedNames('/b')).toEqual([])
  expect(qualifiedNames('b')).toEqual([])
})
