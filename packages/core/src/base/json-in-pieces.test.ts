import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { watchLoop } from '../../../../test/fixtures/process/loop-watch.ts'
import { holdsBeyond } from '../../../../test/fixtures/process/machine-speed.ts'
import { parseInPieces } from './json-in-pieces.ts'

const options = { maxValues: 10_000_000, maxDepth: 200, tooMany: () => new RangeError('too many') }
const parse = async (text: string, maxCharacters = Number.POSITIVE_INFINITY) => {
  const parsed = await parseInPieces(Buffer.from(text), options)
  await parsed.fill(maxCharacters)
  return parsed.value
}

/** Longer than what is parsed at once, however little it says. */
const long = 'x'.repeat(70_000)
const escaped = '\\"é\n😀\u0000'.repeat(20_000)
const wide = Array.from({ length: 40_000 }, (_, n) => ({ n }))
const big = fc.constantFrom<unknown>(long, escaped, wide, { wide }, [[[wide]]], Object.fromEntries(wide.entries()))
const value = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof({ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) }, { weight: 2, arbitrary: big }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('a text that is parsed in pieces', () => {
  it('says the same as parsed at once', async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.nat(3), async (each, indent) => {
        const text = JSON.stringify(each, undefined, indent)
        const [got, expected] = [await parse(text), JSON.parse(text)]
        expect(JSON.stringify(got)).toBe(JSON.stringify(expected))
      }),
      { numRuns: 40 },
    )
  })

  it('is refused where parsing it at once would refuse it', async () => {
    const seed = JSON.stringify({ a: [long, { b: long, c: [wide], d: 1 }, 2], e: { f: long } })
    const marks = ['', ',', ':', '"', '[', ']', '{', '}', '\\', '1', ' ', 'null']
    const places = [...seed.matchAll(/"[a-f]"|\]|\}|"x|x"/g)].map(({ index }) => index)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.nat(2),
        fc.nat(3),
        fc.constantFrom(...marks),
        async (at, by, cut, mark) => {
          const text = seed.slice(0, at + by) + mark + seed.slice(at + by + cut)
          const expected = await (async () => JSON.stringify(JSON.parse(text)))().catch(() => 'refused')
          const got = await parse(text).then(JSON.stringify, (error) => {
            expect(error).toBeInstanceOf(SyntaxError)
            return 'refused'
          })
          expect(got).toBe(expected)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('has a limit of values and of depth, found before the values are made', async () => {
    const few = { ...options, maxValues: 1_000 }
    await expect(parseInPieces(Buffer.from(JSON.stringify(wide)), few)).rejects.toThrow('too many')
    await expect(parse('['.repeat(8_000))).rejects.toThrow('nested more than 200 deep')
  })

  it.each([' ', '1'])('has an end to what is neither text nor mark: %j', async (byte) => {
    await expect(parse(`[${byte.repeat(25_000_000)}1]`)).rejects.toThrow(SyntaxError)
  })

  it.each([
    ['of ASCII', 'QUJD'.repeat(600_000)],
    ['of other characters', 'é'.repeat(1_200_000)],
  ])('keeps a long text %s as it is, and no control character in it', async (_, long) => {
    expect(await parse(JSON.stringify({ long }))).toEqual({ long })
    for (const at of [0, 1_100_000, long.length]) {
      const broken = `{"long":"${long.slice(0, at)}\n${long.slice(at)}"}`
      await expect(parse(broken)).rejects.toThrow(SyntaxError)
    }
  })

  it('gets its long texts as far as they are wanted', async () => {
    const text = JSON.stringify({ a: escaped, b: ['short', long] })
    const parsed = await parse(text, 100)
    expect(parsed).toEqual({
      a: expect.stringMatching(/^\\"é\n😀.* bytes left out\)$/s),
      b: ['short', `${'x'.repeat(52)}… (${long.length - 52} bytes left out)`],
    })
  })

  it.each([
    ['one text', JSON.stringify('a line of it\n'.repeat(2_000_000))],
    ['many texts', JSON.stringify(Array.from({ length: 300 }, () => long))],
    ['many values', JSON.stringify(Array.from({ length: 900_000 }, (_, n) => ({ n })))],
    ['escapes alone', JSON.stringify('\\"'.repeat(6_000_000))],
    [
      'nested lists',
      JSON.stringify(Array.from({ length: 100 }).reduce<unknown>((inner) => [inner, 'y'.repeat(200_000)], 1)),
    ],
  ])('holds the loop for no piece over 50 ms: %s', async (_, text) => {
    const bytes = Buffer.from(text)
    const parsing = async () => {
      using watch = watchLoop()
      const parsed = await parseInPieces(bytes, options)
      await parsed.fill(Number.POSITIVE_INFINITY)
      return { parsing: watch.longestMs }
    }
    // Of one text, the value is one memory.
    expect(await holdsBeyond(50, parsing, bytes.length)).toEqual({})
  })
})
