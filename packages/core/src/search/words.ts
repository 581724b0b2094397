import type { Word } from '../model/tool-search.ts'

/** Longer words are cut, where they are kept and where they are looked for. In UTF-16 units. */
const maxWordLength = 64

/** A character may stand for eighteen. */
const maxFolded = 16_384

const ascii = /^[\0-\x7f]*$/
const asciiRuns = /[A-Za-z0-9]+/g
const runs = /[\p{L}\p{N}\p{M}]+/gu
const humps = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const diacritics = /[\u0300-\u036f]/g

const none: readonly string[] = []

function cut(word: string): string {
  if (word.length <= maxWordLength) return word
  const end = word.slice(0, maxWordLength)
  return end.isWellFormed() ? end : end.slice(0, -1)
}

function toWord(run: string): Word {
  const folded = run.toLowerCase()
  const word = cut(folded)
  if (folded === run) return { word, parts: none }
  const parts = run.split(humps)
  return { word, parts: parts.length === 1 ? none : parts.map((part) => cut(part.toLowerCase())) }
}

/**
 * The words of a text in order: runs of letters and digits, without case and diacritics. This is the one place that says
 * what a word is, for what is found and for what is looked for.
 */
export function splitWords(text: string): readonly Word[] {
  const found = ascii.test(text)
    ? text.match(asciiRuns)
    : text.normalize('NFKD').replace(diacritics, '').slice(0, maxFolded).match(runs)
  return (found ?? []).map(toWord)
}

const space = 0x20
const lineEnd = 0x0a
/** The last digit; letters come behind. */
const lastDigit = 0x39
/** What becomes of a character of ASCII: letters lower case, digits as they are, a space for all else. */
const foldedAscii = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[A-Za-z0-9]/.test(character) ? character.toLowerCase().charCodeAt(0) : space
})

/** Where lines are folded, one after the other: what is left in it means nothing. */
const folded = Buffer.alloc(16_384)

/** Writes the text folded, from `start` on; false where it is more than words of ASCII none of which is in camelCase. */
function foldAscii(text: string, start: number): boolean {
  let length = 0
  // Upper-case letters just before.
  let upper = 0
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place)
    const character = foldedAscii[code]
    if (character === undefined) return false
    folded[start + place] = character
    if (character === space) {
      length = 0
      upper = 0
      continue
    }
    const isUpper = character !== code
    if (isUpper ? length > upper : upper > 1 && character > lastDigit) return false
    length += 1
    upper = isUpper ? upper + 1 : 0
    if (length > maxWordLength) return false
  }
  return true
}

/** As `spacedLines`, for what most texts are, in a fifth of the time: a refresh of many tools does so for all of them. */
function spacedAscii(lines: readonly string[]): string | undefined {
  if (lines.reduce((sum, { length }) => sum + length + 3, 0) > folded.length) return undefined
  let place = 0
  for (const line of lines) {
    if (place > 0) folded[place++] = lineEnd
    folded[place++] = space
    if (!foldAscii(line, place)) return undefined
    place += line.length
    folded[place++] = space
  }
  return folded.toString('latin1', 0, place)
}

/** Each line's words and their parts, with a space before and after each. */
export function spacedLines(lines: readonly string[]): string {
  const words = (line: string) => spaced(splitWords(line).flatMap(({ word, parts }) => [...parts, word]))
  return spacedAscii(lines) ?? lines.map(words).join('\n')
}

export function spaced(words: readonly string[]): string {
  return ` ${words.join(' ')} `
}

/** All of a text as one word: `read_file`, `readFile` and `Read file` are the same one. Empty where there is none. */
export function joinWords(words: readonly Word[]): string {
  const [first, ...others] = words
  return others.length === 0 ? (first?.word ?? '') : cut(words.map(({ word }) => word).join(''))
}
