import { escapeHiddenText, showHiddenText } from '@toolyard/core/hidden-text'

/** Characters of one line: more is not read, and keeps a terminal busy. */
const longestLine = 20_000
/** Characters of a text of several lines. */
const longestText = 2_000_000

function cutTo(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}

/** Foreign text in one line of a terminal: what would steer it is left out. */
export function printable(text: string): string {
  return cutTo(text, longestLine).replace(/\s+/gu, ' ').replace(/\p{C}/gu, '').trim()
}

/** Foreign text of several lines, likewise. */
export function printableLines(text: string): string {
  return cutTo(text, longestText).replace(/[^\P{C}\n\t]/gu, '')
}

/** What a server says of its tools, in one line: what would not be seen of it is shown, as `⟨U+200B⟩`. */
export function shown(text: string): string {
  return printable(showHiddenText(cutTo(text, longestLine)))
}

/** Likewise, of several lines. */
export function shownLines(text: string): string {
  return printableLines(showHiddenText(cutTo(text, longestText)))
}

/** A value as JSON, with escapes for what would steer a terminal or not be seen. */
export function shownJson(value: unknown, indent?: number): string {
  return escapeHiddenText(JSON.stringify(value, undefined, indent) ?? 'null')
}
