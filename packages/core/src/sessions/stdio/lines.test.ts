import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './lines.ts'

function split(chunks: readonly Buffer[], maxBytes = 1_000): { lines: string[]; tooLong: number } {
  const lines: string[] = []
  let tooLong = 0
  const splitter = createLineSplitter(
    maxBytes,
    (line) => lines.push(line),
    () => {
      tooLong += 1
    },
  )
  for (const chunk of chunks) splitter.push(chunk)
  splitter.flush()
  return { lines, tooLong }
}

describe('lines', () => {
  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })), fc.array(fc.nat(30)), (texts, cuts) => {
        const clean = texts.map((text) => text.replaceAll(/[\r\n]/g, ''))
        let rest = Buffer.from(clean.map((text) => `${text}\n`).join(''))
        const chunks: Buffer[] = []
        for (const cut of cuts) {
          chunks.push(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        expect(split([...chunks, rest]).lines).toEqual(clean.filter((text) => text !== ''))
      }),
    )
  })

  it('that are too long are dropped, once told each, and the next ones come through', () => {
    const long = Buffer.from('x'.repeat(50))
    expect(split([long, long, Buffer.from('\nok\n'), long, Buffer.from('\n')], 60)).toEqual({
      lines: ['ok', 'x'.repeat(50)],
      tooLong: 1,
    })
  })
})
