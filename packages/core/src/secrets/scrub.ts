import { type Decoded, decodings, placeOf } from './decode-text.ts'

/** A text without the secrets that a session knows; `[sealed]` stands where one was. */
export type Scrub = (text: string) => string

const mark = '[sealed]'
/** Found in any text; of a shorter one, only what stands by itself, or half of every message would go. */
const anywhereLength = 6
/** What is shorter is no secret: it can be guessed, also from what would be left of the text. */
const minLength = 4
/** Of a base64 text, what surely comes from the secret, whatever stands around it. */
const minBase64Length = 8
/** They say nothing by themselves, and stand in many messages. */
const plainWords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none'])

/** Something to look for. */
interface Needle {
  readonly text: string
  /** Whether only where no letter or digit is beside it. */
  readonly standsAlone?: boolean
  /** Of base64: whether the character before, or behind, has bits of it. */
  readonly before?: boolean
  readonly behind?: boolean
}

/** In base64 and base64url, wherever in a longer text it begins: what of it does not depend on its neighbours. */
function base64Needles(value: string): readonly Needle[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const bits = (offset + bytes.length) * 8
    const text = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6))
    if (text.length < minBase64Length) return []
    const url = text.replaceAll('+', '-').replaceAll('/', '_')
    const ends = { before: offset !== 0, behind: true }
    return url === text ? [{ text, ...ends }] : [text, url].map((each) => ({ text: each, ...ends }))
  })
}

function needlesOf(value: string): readonly Needle[] {
  if (value.length < anywhereLength) return [{ text: value, standsAlone: true }]
  // A secret that looks encoded itself is found in what is left of it when a text is decoded.
  const texts = decodings(value).map(({ text }) => text)
  // In a form, a space is a plus sign.
  const spelled = [...texts, ...texts.map((text) => text.replaceAll(' ', '+'))]
  return [
    ...[...new Set(spelled)].filter(({ length }) => length >= anywhereLength).map((text) => ({ text })),
    ...base64Needles(value),
  ]
}

/** What of a value is a secret by itself: its lines, what follows the scheme of a credential, and what that holds. */
function partsOf(value: string): readonly string[] {
  const lines = value.includes('\n') ? value.split(/\r?\n/).map((line) => line.trim()) : []
  const [, scheme = '', credential] = /^([A-Za-z][A-Za-z0-9-]*)\s+(\S.*)$/.exec(value) ?? []
  if (credential === undefined) return [value, ...lines]
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(credential, 'base64').toString() : ''
  const password = basic.slice(basic.indexOf(':') + 1)
  return [value, ...lines, credential, ...(basic === '' ? [] : [basic, password])]
}

interface Range {
  readonly start: number
  readonly end: number
}

const isWord = (character: string | undefined) => character !== undefined && /[A-Za-z0-9]/.test(character)
const isBase64 = (character: string | undefined) => character !== undefined && /[A-Za-z0-9+/_=-]/.test(character)

/** Where the needle is, as places of the text that was decoded. */
function* rangesOf(decoded: Decoded, needle: Needle): Generator<Range> {
  const { text } = decoded
  const { length } = needle.text
  for (let at = text.indexOf(needle.text); at !== -1; at = text.indexOf(needle.text, at + length)) {
    let [start, end] = [at, at + length]
    if (needle.standsAlone && (isWord(text[start - 1]) || isWord(text[end]))) continue
    if (needle.before && isBase64(text[start - 1])) start -= 1
    for (
      let more = 0;
      needle.behind && more < 3 && isBase64(text[end]) && (more === 0 || text[end] === '=');
      more += 1
    ) {
      end += 1
    }
    yield { start: placeOf(decoded, start), end: placeOf(decoded, end) }
  }
}

/** The end of the text, where a secret begins there and is cut off. */
function cutRange(decoded: Decoded, values: readonly string[]): Range | undefined {
  const { text } = decoded
  for (const value of values) {
    const at = text.lastIndexOf(value.slice(0, anywhereLength))
    if (at === -1 || !value.startsWith(text.slice(at))) continue
    return { start: placeOf(decoded, at), end: placeOf(decoded, text.length) }
  }
  return undefined
}

function withoutRanges(text: string, ranges: readonly Range[]): string {
  const parts: string[] = []
  let copied = 0
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (end <= copied) continue
    if (start >= copied) parts.push(text.slice(copied, start), mark)
    copied = end
  }
  return parts.length === 0 ? text : [...parts, text.slice(copied)].join('')
}

/** Where no secret is known. */
export const scrubNothing: Scrub = (text) => text

/**
 * Removes `values` from texts: as they are, in base64 and base64url at any offset, encoded for URLs and forms, escaped for
 * JSON, and one in the other. A value of 4 or 5 characters goes only where no letter or digit is beside it, a shorter one
 * stays. Takes time in proportion to the text and the number of values.
 */
export function createScrub(values: readonly string[]): Scrub {
  const secrets = [...new Set(values.flatMap(partsOf))].filter(
    (value) => value.length >= minLength && value.trim() !== '' && !plainWords.has(value.toLowerCase()),
  )
  if (secrets.length === 0) return scrubNothing
  const long = secrets.filter(({ length }) => length >= anywhereLength)
  // Made when they are needed: most sessions say nothing.
  let needles: readonly Needle[] | undefined
  return (text) => {
    needles ??= secrets.flatMap(needlesOf)
    const wanted = needles
    const ranges = decodings(text).flatMap((decoded) => {
      const cut = cutRange(decoded, long)
      return [...wanted.flatMap((needle) => [...rangesOf(decoded, needle)]), ...(cut ? [cut] : [])]
    })
    return withoutRanges(text, ranges)
  }
}
