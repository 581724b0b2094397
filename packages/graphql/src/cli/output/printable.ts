/** Foreign text in one line of a terminal: what would steer it is left out. */
export function printable(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/\p{C}/gu, '').trim()
}

/** Foreign text of several lines, likewise. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, '')
}
