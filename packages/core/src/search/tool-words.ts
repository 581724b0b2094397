import { isJsonObject } from '../json.ts'
import type { ToolDefinition } from '../tools/tool.ts'
import { joinWords, splitWords } from './words.ts'

/** Of a description, in characters, and of its words and those of the properties. The rest is not found. */
const maxLength = 10_000
const maxWords = 200

/** Before a word of a name it says that it is one, so that those can be looked for alone. */
export const nameMark = '_'
/** Before all of a name as one word. */
export const joinedMark = '='

function wordsOf(text: string): Set<string> {
  const found = new Set<string>()
  for (const { word, parts } of splitWords(text.slice(0, maxLength))) {
    for (const part of parts) found.add(part)
    found.add(word)
    if (found.size >= maxWords) break
  }
  return found
}

/** The words of a name, and all of it as one. */
function nameWords(name: string): { readonly words: Set<string>; readonly joined: string } {
  const joined = joinWords(splitWords(name))
  const words = wordsOf(name)
  if (joined !== '') words.add(joined)
  return { words, joined }
}

const line = (words: Iterable<string>) => ` ${[...words].join(' ')} `

/** What is found of the name of a server: its words, with a space before and after each. */
export function serverWords(name: string): string {
  return line(nameWords(name).words)
}

/**
 * What is found of a tool: a line each of the words of its name, its title, its input schema's properties and its
 * description, with a space before and after each. Those of the name are there with their marks too.
 */
export function toolWords({ name, title, annotations, inputSchema, description = '' }: ToolDefinition): string {
  const { words, joined } = nameWords(name)
  const marked = [joinedMark + joined, ...[...words].map((word) => nameMark + word)]
  const shownTitle = title ?? annotations?.title
  const { properties } = inputSchema
  return [
    line([...marked, ...words]),
    line(wordsOf(typeof shownTitle === 'string' ? shownTitle : '')),
    line(wordsOf(isJsonObject(properties) ? Object.keys(properties).slice(0, maxWords).join(' ') : '')),
    line(wordsOf(description)),
  ].join('\n')
}
