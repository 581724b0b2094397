const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bytes that the mark of what was left out takes at most. */
const markBytes = 48

function fits(text: string, maxBytes: number): boolean {
  // A character takes 1 to 3 bytes: most texts need no count.
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes)
}

/**
 * The beginning of a text that takes at most `maxBytes` bytes of UTF-8; the text itself if it fits. It never looks at
 * more of the text than that, splits no surrogate pair, and is a copy: a part of a long text would keep all of it alive.
 */
export function headOf(text: string, maxBytes: number): string {
  if (fits(text, maxBytes)) return text
  const bytes = new Uint8Array(maxBytes)
  const { written } = encoder.encodeInto(text.slice(0, maxBytes), bytes)
  return decoder.decode(bytes.subarray(0, written))
}

/** At the end of a text that was cut before. */
const markPattern = /… \((\d{1,15}) (characters|bytes) left out\)$/

/** What says that so much was left out, and what an earlier cut of the text left out before. */
function markOf(text: string, head: string): string {
  const earlier = markPattern.exec(text.slice(-markBytes))
  const leftOut = text.length - head.length - (earlier?.[0].length ?? 0)
  return `… (${leftOut + Number(earlier?.[1] ?? 0)} ${earlier?.[2] ?? 'characters'} left out)`
}

/** A text as two parts that take at most `maxBytes` bytes: its beginning, and what says how much was left out, if any. */
export function cutParts(text: string, maxBytes: number): { readonly head: string; readonly mark: string } {
  if (fits(text, maxBytes)) return { head: text, mark: '' }
  const head = headOf(text, maxBytes - markBytes)
  return { head, mark: markOf(text, head) }
}

/** The beginning of a text that is longer than what is there of it, with what says so; `bytes` is how long it is. */
export function cutOf(beginning: string, bytes: number, maxBytes: number): string {
  const head = headOf(beginning, maxBytes - markBytes)
  return `${head}… (${bytes - Buffer.byteLength(head)} bytes left out)`
}

/** The text; or, of one that takes more than `maxBytes` bytes, its beginning with what says how much was left out. */
export function cutText(text: string, maxBytes: number): string {
  const { head, mark } = cutParts(text, maxBytes)
  return head + mark
}
