/** The longest beginning of a text that has at most so many bytes in UTF-8. It costs no more than what is left. */
export function cutText(text: string, bytes: number): string {
  // A character has at most three bytes, or four for two of them.
  if (text.length * 3 <= bytes) return text
  const head = text.length > bytes ? text.slice(0, bytes) : text
  if (head.length === text.length && Buffer.byteLength(head) <= bytes) return text
  const encoded = Buffer.from(head)
  let end = Math.min(bytes, encoded.length)
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return encoded.toString('utf8', 0, end)
}
