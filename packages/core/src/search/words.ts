import type { Word } from '../model/tool-search.ts'

/** Longest word, in UTF-16 units. Longer ones are cut, both in the index and in queries. */
const maxWordLength = 64

/** Longest folded text, in UTF-16 units: folding may turn one character into eighteen. */
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
 * The words of a text in order: runs of letters and digits, without case and diacritics. It is the one definition of a word,
 * for the index and for queries.
 */
export function splitWords(text: string): readonly Word[] {
  const found = ascii.test(text)
    ? text.match(asciiRuns)
    : text.normalize('NFKD').replace(diacritics, '').slice(0, maxFolded).match(runs)
  return (found ?? []).map(toWord)
}

const space = 0x20
const lineEnd = 0x0a
/** The last digit; letters have higher codes. */
const lastDigit = 0x39
/** Folds ASCII: letters to lower case, digits to themselves, and all else to a space. */
const foldedAscii = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  return /[A-Za-z0-9]/.test(character) ? character.toLowerCase().charCodeAt(0) : space
})

/** Buffer for folding lines; its content is invalid between calls. */
const folded = Buffer.alloc(16_384)

/** Writes the folded text from `start` on. Returns false unless all words are ASCII and none is in camelCase. */
function foldAscii(text: string, start: number): boolean {
  let length = 0
  // Number of upper-case letters just before.
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

/** As `spacedLines`, for most texts, in a fifth of the time, as a refresh splits the texts of all its tools. */
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

/** The words and their parts of each line, with a space before and after each. */
export function spacedLines(lines: readonly string[]): string {
  const words = (line: string) => spaced(splitWords(line).flatMap(({ word, parts }) => [...parts, word]))
  return spacedAscii(lines) ?? lines.map(words).join('\n')
}

export function spaced(words: readonly string[]): string {
  return ` ${words.join(' ')} `
}

/** A whole text as one word: `read_file`, `readFile` and `Read file` give the same. Empty without words. */
export function joinWords(words: readonly Word[]): string {
  const [first, ...others] = words
  return others.length === 0 ? (first?.word ?? '') : cut(words.map(({ word }) => word).join(''))
}
