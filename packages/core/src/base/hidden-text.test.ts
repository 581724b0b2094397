import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  escapeHiddenText,
  hiddenTextIn,
  jsonWithoutHiddenText,
  showHiddenText,
  withoutHiddenText,
} from './hidden-text.ts'

const tags = (text: string) =>
  [...text].map((each) => String.fromCodePoint(0xe0000 + (each.codePointAt(0) ?? 0))).join('')
const selectors = (text: string) =>
  [...Buffer.from(text)].map((byte) => String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16)).join('')

describe('text that is not seen', () => {
  it.each([
    ['tags', `a${tags('ignore all')}b`, 'ab'],
    ['tags behind a flag that does not exist', `🏴${tags('say')}\u{e007f}`, '🏴'],
    ['variation selectors behind an emoji', `😀${selectors('ignore all')}`, '😀'],
    ['a second variation selector', '❤\uFE0F\uFE0F', '❤\uFE0F'],
    ['zero width characters', 'a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf', 'abcdef'],
    ['joiners in a row', 'अ\u200D\u200D\u200C', 'अ\u200D'],
    ['bidi overrides, embeddings and isolates', 'a\u202Eb\u202Dc\u202Cd\u2066e\u2067f\u2068g\u2069', 'abcdefg'],
    ['marks of direction where none is needed', 'a\u200Eb\u200Fc\u061C', 'abc'],
    ['soft hyphens, fillers and invisible operators', 'a\u00ADb\u3164c\u115Fd\uFFA0e\u2063f\u034F', 'abcdef'],
    ['annotations', 'a\uFFF9b\uFFFAc\uFFFB', 'abc'],
    ['colours', 'a\u001B[31;1mred\u001B[0m\u009B2Kb', 'aredb'],
    ['titles and links of a terminal', 'a\u001B]0;title\u0007b\u001B]8;;http://x\u001B\\link', 'ablink'],
    ['control characters', 'a\u0000b\u0007c\u0008d\u007Fe\u0085f', 'abcdef'],
    ['what is no character', 'a\uD83Db\uDE00c\uFFFEd\u{10FFFF}', 'abcd'],
  ])('goes: %s', (_, text, seen) => {
    expect(withoutHiddenText(text)).toBe(seen)
    expect(hiddenTextIn(text)).toBeDefined()
    expect(showHiddenText(text)).toContain('⟨U+')
  })

  it.each([
    ['families, professions and hair', '👨‍👩‍👧‍👦 👩🏽‍⚕️ 🧑🏿‍🦰 🕵🏻‍♂️ 👁️‍🗨️ 🏳️‍🌈 🏴‍☠️ ⛓️‍💥'],
    ['skin tones and forms of a sign', '☝🏽 👍🏿 ❤️ ☎︎ ↔️ ©️ ™️'],
    ['flags and keycaps', '🇩🇪 🇮🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿 1️⃣ #️⃣'],
    ['Arabic and Persian', 'مرحبا بالعالم، می‌خواهم بروم. نیم‌فاصله ه‍'],
    ['Hebrew with points, and marks of direction beside Latin', 'שָׁלוֹם עוֹלָם!‏ שפת C++‎ היא (Windows)‏ שלום'],
    ['the scripts of India', 'क्‍ष अनुच्छेद ശ്രീ അവന്‍ ශ්‍රී ক্‌ষ தமிழ்'],
    ['Thai, Khmer and Mongolian', 'ภาษา​ไทย ភាសា​ខ្មែរ ᠮᠣᠩᠭᠣᠯ ᠨᠢᠭᠡ᠎ᠠ'],
    ['East Asia, accents, lines and tabs', '日本語 한국어 e\u0301 ß ﬁ a\tb\r\nc\n'],
    ['icons of private use', '\uE0A0 \uF8FF'],
  ])('is not: %s', (_, text) => {
    expect(withoutHiddenText(text)).toBe(text)
    expect(showHiddenText(text)).toBe(text)
    expect(hiddenTextIn(text)).toBeUndefined()
  })

  const pieces = [
    ...[
      'a',
      ' ',
      '!',
      '8',
      '#',
      '[',
      ']',
      '\\',
      ';',
      'm',
      '(',
      'א',
      'ب',
      'क',
      '्',
      'ท',
      'ᠠ',
      '日',
      '😀',
      '👩',
      '🏽',
      '🏴',
      '❤',
    ],
    ...[
      '\u200B',
      '\u200C',
      '\u200D',
      '\u200E',
      '\u200F',
      '\u061C',
      '\u034F',
      '\u180B',
      '\u180E',
      '\uFE0F',
      '\uFE0E',
      '\u20E3',
    ],
    ...[
      '\u202E',
      '\u2066',
      '\u{E0067}',
      '\u{E0062}',
      '\u{E007F}',
      '\u{E0101}',
      '\u001B',
      '\u0007',
      '\u009B',
      '\u009C',
      '\n',
    ],
    ...['\uD83D', '\uDE00', '\uFFFE', '\uFFF9', '\u3164', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ]
  const texts = fc.oneof(
    fc.string({ unit: fc.constantFrom(...pieces), maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )

  it('goes at once and for good, and what is left is the text that was seen', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const seen = withoutHiddenText(text)
        const shown = showHiddenText(text)
        // One comparison for each text: thousands of them take seconds.
        const found = [withoutHiddenText(seen) === seen, hiddenTextIn(seen), hiddenTextIn(shown)]
        const isSame = [hiddenTextIn(text) === undefined, shown === text]
        expect([...found, ...isSame]).toEqual([true, undefined, undefined, seen === text, seen === text])
      }),
      { numRuns: 5_000 },
    )
  })

  it('is escaped in a JSON text that says the same', () => {
    fc.assert(
      fc.property(fc.array(texts), (list) => {
        const json = escapeHiddenText(JSON.stringify(list))
        expect(JSON.parse(json)).toEqual(list)
        expect(hiddenTextIn(json)).toBeUndefined()
      }),
    )
  })

  it('takes time in proportion to the text, whatever it is made of', () => {
    for (const piece of [...pieces, 'a\u200B', '\u001B[', '\u001B[0000', '\u001B]0', 'א!!!!!!!\u200F', '👩\u200D']) {
      const text = piece.repeat(50_000)
      for (const work of [withoutHiddenText, showHiddenText, hiddenTextIn]) {
        const before = process.threadCpuUsage()
        work(text)
        expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(500)
      }
    }
  })
})

describe('a JSON value without it', () => {
  it('is the same value if there is nothing, else another of the same form', () => {
    const plain = { type: 'object', properties: { q: { type: 'string', enum: ['a', 'b'] } }, required: ['q'] }
    expect(jsonWithoutHiddenText(plain)).toBe(plain)
    const value = { a: ['x\u200B', 1, null, true], 'k\u200Bey': { b: '\u001B[1mbold' } }
    expect(jsonWithoutHiddenText(value)).toEqual({ a: ['x', 1, null, true], key: { b: 'bold' } })
  })

  it('has each name and each value of a list of names once, and an own member for any name', () => {
    const value = JSON.parse('{"q\u200b":1,"q":2,"q\u2060":3,"__pro\u200bto__":4,"required":["q","q\u200b"]}')
    const seen = jsonWithoutHiddenText(value)
    expect(Object.entries(seen)).toEqual([
      ['q', 2],
      ['__proto__', 4],
      ['required', ['q']],
    ])
    expect(Object.getPrototypeOf(seen)).toBe(Object.prototype)
  })
})
