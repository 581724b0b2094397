import { isAscii } from 'node:buffer'
import { cutOf } from './cut-text.ts'
import { slices } from './slices.ts'

/** Bytes that JSON.parse gets at once. */
const pieceBytes = 256 * 1024
/** Bytes in which a quotation mark is looked for one by one, which is faster than indexOf for near ones. */
const nearBytes = 24
/** Bytes of `\u0000`, the longest escape. */
const escapeBytes = 6

const quote = 0x22
const backslash = 0x5c

function hasOddBackslashes(bytes: Buffer, before: number, notBefore: number): boolean {
  let at = before
  while (at > notBefore && bytes[at - 1] === backslash) at -= 1
  return (before - at) % 2 === 1
}

/**
 * The next quotation mark of a string that opens at `start`, and whether it closes the string.
 * @throws SyntaxError without a mark.
 */
export function endOfText(
  bytes: Buffer,
  start: number,
  from: number,
): { readonly at: number; readonly isEnd: boolean } {
  let at = from
  while (at < from + nearBytes && bytes[at] !== quote) at += 1
  if (bytes[at] !== quote) at = bytes.indexOf(quote, at)
  if (at === -1) throw new SyntaxError('The text is not valid JSON: a quotation mark is missing')
  return { at, isEnd: !hasOddBackslashes(bytes, at, Math.max(start + 1, from)) }
}

/** The last place at or before `at` at which the text may be cut: not within an escape or a character. */
function cutBefore(bytes: Buffer, at: number, notBefore: number): number {
  if (at >= bytes.length) return bytes.length
  let cut = at
  while (((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1
  const last = bytes.subarray(Math.max(notBefore, cut - escapeBytes), cut).lastIndexOf(backslash)
  if (last === -1) return cut
  const lastAt = Math.max(notBefore, cut - escapeBytes) + last
  // An even number of backslashes escape one another.
  return hasOddBackslashes(bytes, lastAt + 1, notBefore) ? lastAt : cut
}

/** Bytes of the longest string that is decoded in one piece, which takes a multiple of them meanwhile. */
const atOnceBytes = 1024 * 1024
// Control characters, which JSON allows only as escapes (RFC 8259, section 7).
// biome-ignore lint/suspicious/noControlCharactersInRegex: a text that holds one is refused
const control = /[\0-\x1f]/

/** The string from `start` to `end`, between its quotation marks; undefined if it is too long for one piece. */
function decodeAtOnce(bytes: Buffer, start: number, end: number, maxCharacters: number): string | undefined {
  const length = end - start
  if (length > atOnceBytes || length > maxCharacters) return undefined
  const raw = bytes.subarray(start, end)
  if (!raw.includes(backslash)) {
    const text = raw.toString('utf8')
    if (!control.test(text)) return text
  }
  return JSON.parse(bytes.toString('utf8', start - 1, end + 1))
}

/**
 * The text of ASCII bytes without escapes, such as base64: copied once, outside of the heap. Undefined for other bytes.
 *
 * @throws SyntaxError for a control character
 */
async function decodePlain(bytes: Buffer): Promise<string | undefined> {
  if (bytes.includes(backslash) || !isAscii(bytes)) return undefined
  const text = bytes.toString('latin1')
  for (let from = 0; from < text.length; from += atOnceBytes) {
    if (slices.isOver) await slices.next()
    if (control.test(text.slice(from, from + atOnceBytes))) {
      throw new SyntaxError('The text is not valid JSON: a control character is not escaped')
    }
  }
  return text
}

/** The bounds of a string to decode. */
export interface DecodeOptions {
  /** Behind its opening quotation mark. */
  readonly start: number
  readonly end: number
  /** A longer string is cut, with a mark. */
  readonly maxCharacters: number
}

/** Decodes a string of a JSON text. */
export async function decodeText(json: Buffer, { start, end, maxCharacters }: DecodeOptions): Promise<string> {
  if (slices.isOver) await slices.next()
  const whole = decodeAtOnce(json, start, end, maxCharacters)
  if (whole !== undefined) return whole
  const bytes = json.subarray(start, end)
  const plain = bytes.length <= maxCharacters ? await decodePlain(bytes) : undefined
  if (plain !== undefined) return plain
  const pieces: string[] = []
  let left = maxCharacters
  let from = 0
  while (from < bytes.length && left >= 0) {
    const to = cutBefore(bytes, from + Math.min(pieceBytes, (left + 1) * escapeBytes), from)
    const end = to > from ? to : Math.min(bytes.length, from + pieceBytes)
    const piece: string = JSON.parse(`"${bytes.toString('utf8', from, end)}"`)
    pieces.push(piece)
    left -= piece.length
    from = end
    if (slices.isOver) await slices.next()
  }
  const text = pieces.join('')
  return left < 0 ? cutOf(text, bytes.length, maxCharacters) : text
}
