import { expect, it } from 'vitest'
import { isPartOf } from './part-of.ts'

it.each([
  ['file:///a', 'file:///a', true],
  ['file:///a/b/c', 'file:///a', true],
  ['file:///a/b', 'file:///a/', true],
  ['db://x?row=1', 'db://x', true],
  ['db://x#1', 'db://x', true],
  ['file:///ab', 'file:///a', false],
  ['file:///a', 'file:///a/b', false],
  ['urn:a:b', 'urn:a', false],
  ['', 'a', false],
])('%s is a part of %s: %s', (uri, whole, isPart) => {
  expect(isPartOf(uri, whole)).toBe(isPart)
})
