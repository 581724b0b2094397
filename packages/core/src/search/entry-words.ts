import type { Word } from '../model/tool-search.ts'
import { joinWords, spaced, spacedLines, splitWords } from './words.ts'

/** Searched characters of a title, of all properties, and of a description; the rest is not found. */
const maxLength = 4_000

/** Prefix of the words of a name, so that they can be searched alone. */
export const nameMark = '_'
/** Prefix of a whole name as one word, which no prefix matches: many names begin alike. */
export const joinedMark = '='

/** The words of a name and their parts, each once. */
function nameWords(split: readonly Word[]): readonly string[] {
  const words: string[] = []
  const add = (word: string) => void (words.includes(word) || words.push(word))
  for (const { word, parts } of split) {
    parts.forEach(add)
    add(word)
  }
  return words
}

/** The searched words of the name of a server, with a space before and after each, and the whole name as one word. */
export function serverWords(name: string): string {
  const split = splitWords(name)
  return spaced([joinedMark + joinWords(split), ...nameWords(split)])
}

/** The texts by which an entry is found, beside its name. */
export interface SearchedTexts {
  readonly name: string
  readonly title: string
  /** The names of properties or arguments, or a URI. */
  readonly properties: string
  readonly description: string
}

/**
 * The searched words of an entry: a line each for its name, its title, its properties and its description, with a space
 * before and after each word. The line of the name also has its words with their mark, and the whole name.
 */
export function entryWords({ name, title, properties, description }: SearchedTexts): string {
  const split = splitWords(name)
  const words = nameWords(split)
  const lines = spacedLines([title, properties, description].map((text) => text.slice(0, maxLength)))
  const named = spaced([joinedMark + joinWords(split), ...words.map((word) => nameMark + word), ...words])
  return `${named}\n${lines}`
}
