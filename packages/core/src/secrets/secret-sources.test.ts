import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matchesName } from '../base/match-name.ts'

it('names of variables are matched with * for any characters', () => {
  expect(matchesName('APP_TOKEN', 'APP_*')).toBe(true)
  expect(matchesName('APP_', 'APP_*')).toBe(true)
  expect(matchesName('XAPP_A', 'APP_*')).toBe(false)
  expect(matchesName('MY_KEY_2', '*_KEY_*')).toBe(true)
  expect(matchesName('aba', 'ab*ba')).toBe(false)
  expect(matchesName('anything', '*')).toBe(true)
  expect(matchesName('a', 'A')).toBe(false)
  const letters = fc.constantFrom('a', 'b', '*')
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
      fc.array(letters, { maxLength: 6 }),
      (name, pattern) => {
        const expression = new RegExp(`^${pattern.map((letter) => (letter === '*' ? '[^]*' : letter)).join('')}$`)
        expect(matchesName(name, pattern.join(''))).toBe(expression.test(name))
      },
    ),
  )
})
