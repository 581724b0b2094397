/** Longest text laid out as a whole, in characters. */
const maxPiece = 20_000

/**
 * A long text in pieces that a browser lays out as they come into view, cut at the ends of lines where it has some. All of
 * a million characters at once holds the page for seconds.
 */
export function textPieces(text: string): readonly string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const rest = text.length - start
    const lineEnd = rest > maxPiece ? text.lastIndexOf('\n', start + maxPiece - 1) : -1
    const hasLineEnd = lineEnd > start
    const end = hasLineEnd ? lineEnd : start + Math.min(rest, maxPiece)
    // A surrogate pair stays whole.
    const isSplit = end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))
    pieces.push(text.slice(start, isSplit ? end - 1 : end))
    start = hasLineEnd ? end + 1 : isSplit ? end - 1 : end
  }
  return pieces
}
