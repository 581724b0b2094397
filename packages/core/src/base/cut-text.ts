const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Longest mark of a cut, in bytes. */
const markBytes = 48

function fits(text: string, maxBytes: number): boolean {
  // A character takes 1 to 3 bytes: most texts need no count.
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes)
}

/**
 * The beginning of a text, at most `maxBytes` bytes of UTF-8 long; the text itself if it fits. Reads no more of the
 * text than that, and splits no surrogate pair. Returns a copy: a slice would keep all of a long text alive.
 */
export function headOf(text: string, maxBytes: number): string {
  if (fits(text, maxBytes)) return text
  const bytes = new Uint8Array(maxBytes)
  const { written } = encoder.encodeInto(text.slice(0, maxBytes), bytes)
  return decoder.decode(bytes.subarray(0, written))
}

/** The mark at the end of a text that was cut before. */
const markPattern = /… \((\d{1,15}) (characters|bytes) left out\)$/

/** The mark of a cut, which adds what an earlier cut of the text left out. */
function markOf(text: string, head: string): string {
  const earlier = markPattern.exec(text.slice(-markBytes))
  const leftOut = text.length - head.length - (earlier?.[0].length ?? 0)
  return `… (${leftOut + Number(earlier?.[1] ?? 0)} ${earlier?.[2] ?? 'characters'} left out)`
}

/** A text as two parts of at most `maxBytes` bytes: its beginning, and the mark of the cut, empty if it fits. */
export function cutParts(text: string, maxBytes: number): { readonly head: string; readonly mark: string } {
  if (fits(text, maxBytes)) return { head: text, mark: '' }
  const head = headOf(text, maxBytes - markBytes)
  return { head, mark: markOf(text, head) }
}

/** A cut text made of the `beginning` of a text that is `bytes` long. */
export function cutOf(beginning: string, bytes: number, maxBytes: number): string {
  const head = headOf(beginning, maxBytes - markBytes)
  return `${head}… (${bytes - Buffer.byteLength(head)} bytes left out)`
}

/** The text, or its beginning and the mark of the cut if it takes more than `maxBytes` bytes. */
export function cutText(text: string, maxBytes: number): string {
  const { head, mark } = cutParts(text, maxBytes)
  return head + mark
}
