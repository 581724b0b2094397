import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeKey, decodeRank, decodeSeq, encodeKey, encodeRank, encodeSeq } from './cursors.ts'

describe('cursors', () => {
  it('come back as they were made', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true })),
        fc.string(),
        (value, id) => {
          const key = { value: Object.is(value, -0) ? 0 : value, id }
          expect(decodeKey('tools:NAME', encodeKey('tools:NAME', key), 'after')).toEqual(key)
        },
      ),
    )
    fc.assert(
      fc.property(fc.nat(), (seq) => {
        expect(decodeSeq('run_1', encodeSeq('run_1', seq))).toBe(seq)
      }),
    )
  })

  it('of a search come back as they were made, and those of another are none', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.string(), fc.string(), (score, name, id) => {
        const cursor = encodeRank('search:a', { score, name, id })
        expect(decodeRank('search:a', cursor)).toEqual({ score, name, id })
        expect(decodeRank('search:b', cursor)).toBeUndefined()
        expect(decodeRank('search:a', name)).toBeUndefined()
        expect(decodeRank('search:a', encodeKey('search:a', { value: score, id }))).toBeUndefined()
      }),
    )
  })

  it('of another list, log or maker are refused, never misread', () => {
    expect(() => decodeKey('tools:NAME', encodeKey('servers:NAME', { value: 'a', id: 'b' }), 'after')).toThrow(
      'after: expected a cursor',
    )
    expect(() => decodeSeq('run_1', encodeSeq('run_2', 1))).toThrow('after: expected a cursor')
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeSeq('run_1', text)).toThrow('after: expected a cursor')
        expect(() => decodeKey('tools:NAME', text, 'before')).toThrow('before: expected a cursor')
      }),
    )
  })
})
