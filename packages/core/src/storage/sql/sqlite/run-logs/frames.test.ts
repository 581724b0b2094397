import fc from 'fast-check'
import { expect, it } from 'vitest'
import { endOf, fence, framesOf, readFrames } from './frames.ts'

const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 1, maxLength: 8 })
/** Several calls share their bytes. */
const frameOf = (text: string) => Buffer.from(framesOf([text]).bytes)
const textsOf = (bytes: Buffer) => readFrames(bytes).frames.map(({ text }) => text)

it('frames are read as they were written', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const frames = given.map(frameOf)
      const read = readFrames(Buffer.concat(frames))
      expect(read.frames.map(({ text }) => text)).toEqual(given.map((text) => text.toWellFormed()))
      expect(read.damagedAt).toBeUndefined()
      expect(read.frames.at(-1)?.end).toBe(Buffer.concat(frames).length)
    }),
  )
})

it('frames that are made together are those that are made one by one, also beyond the room that they share', () => {
  const long = fc.integer({ min: 0, max: 60_000 }).map((length) => 'ä€'.repeat(length))
  fc.assert(
    fc.property(
      fc.array(fc.oneof(texts, fc.array(long, { minLength: 1, maxLength: 2 })), { maxLength: 4 }),
      (given) => {
        const each = given.flat()
        const frames = each.map(frameOf)
        const { bytes, ends } = framesOf(each)
        expect(bytes.equals(Buffer.concat(frames))).toBe(true)
        expect(ends.at(-1) ?? 0).toBe(bytes.length)
        expect(textsOf(Buffer.from(bytes))).toEqual(each.map((text) => text.toWellFormed()))
      },
    ),
    { numRuns: 30 },
  )
})

it('a cut loses the frame that it is in and those behind, and is no damage', () => {
  fc.assert(
    fc.property(texts, fc.nat(), (given, anywhere) => {
      const frames = given.map(frameOf)
      const whole = Buffer.concat(frames)
      const at = anywhere % (whole.length + 1)
      const read = readFrames(whole.subarray(0, at))
      const kept = readFrames(whole).frames.filter(({ end }) => end <= at)
      expect(read).toEqual({ frames: kept, damagedAt: undefined })
    }),
  )
})

it('a changed byte is found: every frame before it is read, and nothing from it on', () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, anywhere, change) => {
      const whole = Buffer.concat(given.map(frameOf))
      const intact = readFrames(whole).frames
      const at = anywhere % whole.length
      whole[at] = (whole[at] ?? 0) ^ change
      const kept = intact.filter(({ end }) => end <= at)
      expect(readFrames(whole)).toEqual({ frames: kept, damagedAt: kept.at(-1)?.end ?? 0 })
    }),
  )
})

it('what is behind a fence does not count, wherever the frame before it was cut', () => {
  fc.assert(
    fc.property(texts, fc.nat(), texts, (given, anywhere, behind) => {
      const whole = Buffer.concat(given.map(frameOf))
      const before = whole.subarray(0, anywhere % (whole.length + 1))
      const fenced = Buffer.concat([before, fence, ...behind.map(frameOf), fence])
      expect(textsOf(fenced.subarray(0, endOf(fenced)))).toEqual(textsOf(before))
      expect(endOf(before)).toBe(before.length)
    }),
  )
})
