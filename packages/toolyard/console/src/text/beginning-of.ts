/** The first lines of a text, of at most `limit` characters; part of a line if none ends in the second half of them. */
export function beginningOf(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = text.lastIndexOf('\n', limit)
  return end > limit / 2 ? `${text.slice(0, end)}\n\n…` : `${text.slice(0, limit)}…`
}
