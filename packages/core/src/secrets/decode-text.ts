import { endianness } from 'node:os'

/** A decoded text as UTF-16 code units, with the place of each in the original text. */
export interface Decoded {
  readonly units: Uint16Array
  /** One for each unit, and one for the end; undefined if nothing was decoded. */
  readonly places: Uint32Array | undefined
}

export function placeOf({ units, places }: Decoded, at: number): number {
  const place = Math.min(at, units.length)
  return places ? (places[place] ?? 0) : place
}

const isBigEndian = endianness() === 'BE'

export function unitsOf(text: string): Uint16Array {
  // Not from the pool, whose parts may begin at an odd address.
  const bytes = Buffer.allocUnsafeSlow(text.length * 2)
  // Several times as fast as a loop over charCodeAt.
  bytes.write(text, 'utf16le')
  if (isBigEndian) bytes.swap16()
  return new Uint16Array(bytes.buffer, 0, text.length)
}

export function textOf(units: Uint16Array): string {
  const bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength)
  return (isBigEndian ? Buffer.from(bytes).swap16() : bytes).toString('utf16le')
}

/** Collects decoded units with their places. Decoding never makes a text longer. */
function collect(from: Decoded) {
  const size = from.units.length
  const units = new Uint16Array(size)
  const places = new Uint32Array(size + 1)
  let length = 0
  return {
    add(unit: number, at: number) {
      units[length] = unit
      places[length] = from.places ? (from.places[at] ?? 0) : at
      length += 1
    },
    done(): Decoded {
      places[length] = placeOf(from, size)
      return { units: units.subarray(0, length), places: places.subarray(0, length + 1) }
    },
  }
}

const percent = 0x25
const backslash = 0x5c
const smallU = 0x75
const replacement = 0xfffd

const ellipsis = 0x2026

/** Whether the text ends here, or an ellipsis replaces its rest. */
export function isCutAt(units: Uint16Array, at: number): boolean {
  return at >= units.length || units[at] === ellipsis
}

/** The value of a hexadecimal digit; -1 for any other unit. */
function digit(unit: number | undefined): number {
  if (unit === undefined) return -1
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  // Lower-case letters differ from capital ones in this bit.
  const small = unit | 0x20
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1
}

/** The byte of `%XX`; -1 for anything else. */
function byteAt(units: Uint16Array, at: number): number {
  if (units[at] !== percent) return -1
  const [high, low] = [digit(units[at + 1]), digit(units[at + 2])]
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

/** The code point that begins with the escaped byte at `at`, and its number of bytes; U+FFFD unless it is UTF-8. */
function codePointAt(units: Uint16Array, at: number, first: number): { point: number; bytes: number } {
  if (first < 0x80) return { point: first, bytes: 1 }
  const bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  let point = first & (0xff >> (bytes + 1))
  for (let more = 1; more < bytes; more += 1) {
    const byte = byteAt(units, at + more * 3)
    if (byte === -1 || (byte & 0xc0) !== 0x80) return { point: replacement, bytes: 1 }
    point = point * 64 + (byte & 0x3f)
  }
  const isPoint = first >= 0xc0 && point <= 0x10ffff
  return isPoint ? { point, bytes } : { point: replacement, bytes: 1 }
}

/** Decodes `%XX` of URLs and forms; undefined for a text without it. */
function decodePercents(from: Decoded): Decoded | undefined {
  const { units } = from
  let at = units.indexOf(percent)
  while (at !== -1 && byteAt(units, at) === -1) at = units.indexOf(percent, at + 1)
  if (at === -1) return undefined
  const found = collect(from)
  for (at = 0; at < units.length; ) {
    const first = byteAt(units, at)
    if (first === -1) {
      found.add(units[at] ?? 0, at)
      at += 1
      continue
    }
    const { point, bytes } = codePointAt(units, at, first)
    if (point > 0xffff) {
      found.add(0xd800 + ((point - 0x10000) >> 10), at)
      found.add(0xdc00 + ((point - 0x10000) & 0x3ff), at)
    } else found.add(point, at)
    at += bytes * 3
  }
  return found.done()
}

// n, r, t, b and f.
const escapes: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x66, 0x0c],
])

/** The unit of `uXXXX` at `at`, and its end. -1 for anything else; U+FFFD if the text is cut within it. */
function escapedUnit(units: Uint16Array, at: number): { unit: number; end: number } {
  const none = { unit: -1, end: at }
  if (units[at] !== smallU) return none
  let unit = 0
  for (let end = at + 1; end <= at + 4; end += 1) {
    const value = digit(units[end])
    if (value === -1) return isCutAt(units, end) ? { unit: replacement, end } : none
    unit = unit * 16 + value
  }
  return { unit, end: at + 5 }
}

/** Decodes escapes of JSON. A run of backslashes counts as one, for texts that were escaped several times. Undefined without escapes. */
function decodeEscapes(from: Decoded): Decoded | undefined {
  const { units } = from
  if (!units.includes(backslash)) return undefined
  const found = collect(from)
  for (let at = 0; at < units.length; ) {
    const start = at
    while (units[at] === backslash) at += 1
    const unit = units[at]
    if (unit === undefined) break
    const escaped = at === start ? undefined : escapedUnit(units, at)
    if (escaped && escaped.unit !== -1) {
      found.add(escaped.unit, start)
      at = escaped.end
      continue
    }
    found.add(at === start ? unit : (escapes.get(unit) ?? unit), start)
    at += 1
  }
  return found.done()
}

/** Nested encodings that are decoded at most. */
const maxRounds = 6

/** The text, and what is left after each of its encodings is decoded. */
export function decodings(text: string): readonly Decoded[] {
  const asIs: Decoded = { units: unitsOf(text), places: undefined }
  const found = [asIs]
  for (let round = 0; round < maxRounds; round += 1) {
    const last = found.at(-1)
    const next = last && (decodePercents(last) ?? decodeEscapes(last))
    if (!next) break
    found.push(next)
  }
  // An escaped text is also decoded without its percent signs, which may not be an encoding.
  const unescaped = found.length > 1 ? decodeEscapes(asIs) : undefined
  return unescaped ? [...found, unescaped] : found
}
