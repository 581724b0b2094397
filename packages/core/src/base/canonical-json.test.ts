import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import type { JsonValue } from './json.ts'

// fast-check's jsonValue gives what JSON.parse would.
const json = fc.jsonValue({ stringUnit: 'grapheme', noUnicodeString: false }) as fc.Arbitrary<JsonValue>

describe('canonical JSON', () => {
  it('is what another implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{"9":1,"10":2,"a":[{"2":0,"1":0}]}', '{"10":2,"9":1,"a":[{"1":0,"2":0}]}'],
    ['{"b":{"__proto__":{"y":1,"x":2}},"a":1}', '{"a":1,"b":{"__proto__":{"x":2,"y":1}}}'],
    ['{"constructor":1,"a":"\\ud800"}', '{"a":"\\ud800","constructor":1}'],
    ['[1e21,0.1,-0,null,true]', '[1e+21,0.1,0,null,true]'],
  ])('of %s is %s', (text, canonical) => {
    expect(canonicalJson(JSON.parse(text))).toBe(canonical)
  })
})
