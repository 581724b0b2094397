/** A text that was decoded, and where each of its characters stood in the text that it came from. */
export interface Decoded {
  readonly text: string
  /** One for each character, and one for the end; undefined: where they are. */
  readonly places: readonly number[] | undefined
}

export function placeOf({ text, places }: Decoded, at: number): number {
  const place = Math.min(at, text.length)
  return places ? (places[place] ?? 0) : place
}

/** Collects decoded characters with their places. */
function collect(from: Decoded) {
  const parts: string[] = []
  const places: number[] = []
  return {
    add(characters: string, at: number) {
      parts.push(characters)
      for (let unit = 0; unit < characters.length; unit += 1) places.push(placeOf(from, at))
    },
    copy(start: number, end: number) {
      parts.push(from.text.slice(start, end))
      for (let at = start; at < end; at += 1) places.push(placeOf(from, at))
    },
    done(): Decoded {
      return { text: parts.join(''), places: [...places, placeOf(from, from.text.length)] }
    },
  }
}

const utf8Length = (byte: number) => (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4)

/** `%XX` as in URLs and forms; undefined where there is none. */
export function decodePercents(from: Decoded): Decoded | undefined {
  const { text } = from
  if (!/%[0-9a-fA-F]{2}/.test(text)) return undefined
  const found = collect(from)
  let copied = 0
  for (const match of text.matchAll(/(?:%[0-9a-fA-F]{2})+/g)) {
    found.copy(copied, match.index)
    const bytes = Buffer.from(match[0].replaceAll('%', ''), 'hex')
    for (let at = 0; at < bytes.length; ) {
      const length = utf8Length(bytes[at] ?? 0)
      found.add(bytes.toString('utf8', at, at + length), match.index + at * 3)
      at += length
    }
    copied = match.index + match[0].length
  }
  found.copy(copied, text.length)
  return found.done()
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Escapes of JSON, however often a text was escaped: a run of backslashes is one. Undefined where there is none. */
export function decodeEscapes(from: Decoded): Decoded | undefined {
  const { text } = from
  if (!text.includes('\\')) return undefined
  const found = collect(from)
  let copied = 0
  for (const match of text.matchAll(/\\+(?:u([0-9a-fA-F]{4})|([^\\]))?/g)) {
    found.copy(copied, match.index)
    const [whole, unit, escaped] = match
    if (unit !== undefined) found.add(String.fromCharCode(Number.parseInt(unit, 16)), match.index)
    else if (escaped !== undefined) found.add(escapes[escaped] ?? escaped, match.index)
    copied = match.index + whole.length
  }
  found.copy(copied, text.length)
  return found.done()
}

/** Encodings within encodings are looked into so often. */
const maxRounds = 6

/** The text, and what it comes to as one encoding after the other is taken off it. */
export function decodings(text: string): readonly Decoded[] {
  const asIs: Decoded = { text, places: undefined }
  if (!/[%\\]/.test(text)) return [asIs]
  const found = [asIs]
  for (let round = 0; round < maxRounds; round += 1) {
    const last = found.at(-1)
    const next = last && (decodePercents(last) ?? decodeEscapes(last))
    if (!next) break
    found.push(next)
  }
  // Of an escaped text, also without a look at what reads like a percent sign in it.
  const unescaped = decodeEscapes(asIs)
  return unescaped ? [...found, unescaped] : found
}
