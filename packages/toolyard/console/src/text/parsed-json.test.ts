import { expect, it } from 'vitest'
import { parsedJson } from './parsed-json.ts'

it('a text is JSON if it is an array or object that can be printed', () => {
  expect(parsedJson(' {"a":[1]}')).toEqual({ a: [1] })
  for (const text of [
    '1',
    '[1',
    'x',
    `${'['.repeat(8_000)}${']'.repeat(8_000)}`,
    `${'{"a":'.repeat(201)}1${'}'.repeat(201)}`,
  ]) {
    expect(parsedJson(text)).toBeUndefined()
  }
})
