import { escapeHiddenText, showHiddenText } from '@toolyard/core/internal/hidden-text'

/** Maximum length of one line, in characters: people do not read more, and it would keep a terminal busy. */
const longestLine = 20_000
/** Maximum length of a text of several lines, in characters. */
const longestText = 2_000_000

function cutTo(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** Foreign text as one line, without the characters that would control a terminal. */
export function printable(text: string): string {
  return cutTo(text, longestLine).replace(/\s+/gu, ' ').replace(/\p{C}/gu, '').trim()
}

/** Foreign text of several lines, without the characters that would control a terminal. */
export function printableLines(text: string): string {
  return cutTo(text, longestText).replace(/[^\P{C}\n\t]/gu, '')
}

/** A server's text about its tools, as one line: hidden characters are shown, as in `⟨U+200B⟩`. */
export function shown(text: string): string {
  return printable(showHiddenText(cutTo(text, longestLine)))
}

/** A server's text of several lines, with hidden characters shown. */
export function shownLines(text: string): string {
  return printableLines(showHiddenText(cutTo(text, longestText)))
}

/** A value as JSON, with escapes for hidden characters and those that would control a terminal. */
export function shownJson(value: unknown, indent?: number): string {
  return escapeHiddenText(JSON.stringify(value, undefined, indent) ?? 'null')
}
