import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isLongerJson, jsonHead } from './json.ts'

it('the head of a JSON text is what JSON.stringify begins with', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(300), (value, max) => {
      // fast-check's type of JSON is wider than ours by nothing that it makes.
      const json = JSON.parse(JSON.stringify(value))
      const head = jsonHead(json, max)
      const whole = JSON.stringify(json)
      expect(head.length).toBe(Math.min(max, whole.length))
      // A character in escapes may be cut, and a pair of surrogates.
      expect(whole.startsWith(head.slice(0, -12))).toBe(true)
      if (whole.length <= max) expect(head).toBe(whole)
    }),
  )
})

it('a JSON text is longer than a limit, or is not, whatever is in it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(100), (value, limit) => {
      const json = JSON.parse(JSON.stringify(value))
      expect(isLongerJson(json, limit)).toBe(JSON.stringify(json).length > limit)
      expect(isLongerJson(json, JSON.stringify(json).length)).toBe(false)
    }),
  )
})
