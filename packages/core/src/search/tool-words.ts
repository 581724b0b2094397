import { isJsonObject } from '../base/json.ts'
import type { ToolDefinition } from '../model/tool.ts'
import type { Word } from '../model/tool-search.ts'
import { joinWords, spaced, spacedLines, splitWords } from './words.ts'

/** Characters of a title, of all properties and of a description. What comes behind is not found. */
const maxLength = 4_000

/** Before a word of a name it says that it is one, so that those can be looked for alone. */
export const nameMark = '_'
/** Before all of a name as one word, which is found as a whole alone: many names begin alike. */
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

/** What is found of the name of a server: its words, with a space before and after each, and all of it as one. */
export function serverWords(name: string): string {
  const split = splitWords(name)
  return spaced([joinedMark + joinWords(split), ...nameWords(split)])
}

/**
 * What is found of a tool: a line each of the words of its name, its title, its input schema's properties and its
 * description, with a space before and after each. Those of the name are there with their mark too, and all of it as one.
 */
export function toolWords({ name, title, annotations, inputSchema, description = '' }: ToolDefinition): string {
  const split = splitWords(name)
  const words = nameWords(split)
  const shownTitle = title ?? annotations?.title
  const { properties } = inputSchema
  const lines = spacedLines([
    typeof shownTitle === 'string' ? shownTitle.slice(0, maxLength) : '',
    isJsonObject(properties) ? Object.keys(properties).join(' ').slice(0, maxLength) : '',
    description.slice(0, maxLength),
  ])
  const named = spaced([joinedMark + joinWords(split), ...words.map((word) => nameMark + word), ...words])
  return `${named}\n${lines}`
}
