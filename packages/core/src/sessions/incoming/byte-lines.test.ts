import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './byte-lines.ts'

function split(chunks: readonly Buffer[], maxBytes = 1_000, keepsHead = false) {
  const lines: string[] = []
  let tooLong = 0
  let blank = 0
  const splitter = createLineSplitter({
    maxBytes,
    onLine: (parts) => lines.push(Buffer.concat(parts).toString()),
    onTooLong() {
      tooLong += 1
      return keepsHead
    },
    onBlank() {
      blank += 1
    },
  })
  for (const chunk of chunks) splitter.push(chunk)
  splitter.flush()
  return { lines, tooLong, blank }
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
        const { lines, blank } = split([...chunks, rest])
        expect(lines).toEqual(clean.filter((text) => text !== ''))
        expect(blank).toBe(clean.length - lines.length)
      }),
    )
  })

  it.each([
    [false, ['ok', 'x'.repeat(50)]],
    [true, ['x'.repeat(60), 'ok', 'x'.repeat(50)]],
  ])(
    'that are too long are told once each, and the next ones come through; their heads are kept: %s',
    (keeps, lines) => {
      const long = Buffer.from('x'.repeat(50))
      const got = split([long, long, Buffer.from('\nok\n'), long, Buffer.from('\n')], 60, keeps)
      expect(got).toEqual({ lines, tooLong: 1, blank: 0 })
    },
  )

  it('in chunks of one byte take no more than some times the memory of the bytes', () => {
    const byte = Buffer.from('x')
    let parts: readonly Buffer[] = []
    const splitter = createLineSplitter({
      maxBytes: 1_000_000,
      onLine(got) {
        parts = got
      },
      onTooLong: () => false,
    })
    for (let n = 0; n < 500_000; n += 1) splitter.push(byte)
    splitter.flush()
    expect(Buffer.concat(parts).length).toBe(500_000)
    expect(parts.length).toBeLessThan(50)
  })
})
