import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutOf, cutText } from './cut-text.ts'

const leftOut = (text: string) => Number(/… \((\d+) (?:characters|bytes) left out\)$/.exec(text)?.[1])

describe('a text that is cut', () => {
  it('takes no more than it may, and says how much was left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 64, max: 300 }), (text, max) => {
        const cut = cutText(text, max)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(max)
        if (cut !== text) expect(cut.indexOf('… (') + leftOut(cut)).toBe(text.length)
      }),
    )
  })

  it('and cut again says how much was left out in all', () => {
    const from = 'a logger with a long name: '
    expect(cutText(from + cutText('x'.repeat(1_000), 200), 200)).toBe(cutText(from + 'x'.repeat(1_000), 200))
    const long = cutOf('y'.repeat(300), 1_000_000, 200)
    expect(long).toBe(`${'y'.repeat(152)}… (999848 bytes left out)`)
    expect(cutText(`${'z'.repeat(100)}${long}`, 200)).toMatch(/… \(999948 bytes left out\)$/)
  })
})
