import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinWords, spaced, spacedLines, splitWords } from './words.ts'

const wordsOf = (text: string) => splitWords(text).map(({ word }) => word)
const partsOf = (text: string) => splitWords(text).flatMap(({ word, parts }) => (parts.length > 0 ? parts : [word]))

/** Text like that of tools, and arbitrary text. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aAbBzZ019_-./ \n\0') }),
  fc.string({ unit: fc.constantFrom(...'aAzé9ßİΣﬁ½ 漢أ\u0301\ud800') }),
  fc.string({ unit: 'binary' }),
)

describe('words', () => {
  it.each([
    ['read_file', ['read', 'file']],
    ['read-file.v2/now', ['read', 'file', 'v2', 'now']],
    ['readFile', ['read', 'file']],
    ['getHTTPResponse', ['get', 'http', 'response']],
    ['HTTPServer2Go', ['http', 'server2', 'go']],
    ['base64 SHA256', ['base64', 'sha256']],
    ['Größe ändern, ÉTÉ', ['große', 'andern', 'ete']],
    ['İstanbul ﬁle ①', ['istanbul', 'file', '1']],
    ['日本語 текст', ['日本語', 'текст']],
    ['don\'t "quote" (it)*', ['don', 't', 'quote', 'it']],
    ['  _ - \0', []],
  ])('of %j are %j', (given, expected) => {
    expect(partsOf(given)).toEqual(expected)
  })

  it('in camelCase are one word as well', () => {
    expect(splitWords('GitHub')).toEqual([{ word: 'github', parts: ['git', 'hub'] }])
  })

  it('of a name are the same one joined, however it is written', () => {
    for (const name of ['read_file', 'readFile', 'Read File', 'READ-FILE', 'réadfile'])
      expect(joinWords(splitWords(name))).toBe('readfile')
  })

  it('are letters and digits, folded, not long, and none in a text without', () => {
    fc.assert(
      fc.property(text, (given) => {
        for (const { word, parts } of splitWords(given)) {
          for (const each of [word, ...parts]) {
            expect(each).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u)
            expect(each.toLowerCase()).toBe(each)
            expect(each.isWellFormed()).toBe(true)
          }
          expect(parts).not.toHaveLength(1)
        }
      }),
    )
  })

  it('are the same for upper case, and for signs between them', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/)), fc.constantFrom(...'_-./ :,'), (words, sign) => {
        expect(wordsOf(words.join(sign))).toEqual(words)
        expect(wordsOf(words.join(sign).toUpperCase())).toEqual(words)
      }),
    )
  })

  it('of lines are those of each, whichever way they are made', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (lines) => {
        const found = spacedLines(lines).split('\n')
        const expected = lines.map((each) => spaced(splitWords(each).flatMap(({ word, parts }) => [...parts, word])))
        // Signs leave one space or several.
        expect(found.map((each) => each.replaceAll(/ +/g, ' '))).toEqual(
          expected.map((each) => each.replaceAll(/ +/g, ' ')),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('are cut where they are long, and no line is too long', () => {
    expect(wordsOf('x'.repeat(100))).toEqual(['x'.repeat(64)])
    expect(spacedLines(['y'.repeat(100)])).toBe(` ${'y'.repeat(64)} `)
    expect(spacedLines([`${'ab '.repeat(10_000)}`])).toHaveLength(30_001)
    expect(wordsOf(`${'x'.repeat(63)}\u{1d4d0}`)).toEqual([`${'x'.repeat(63)}a`])
    expect(wordsOf(`${'x'.repeat(63)}\u{10450}`)).toEqual(['x'.repeat(63)])
  })
})
