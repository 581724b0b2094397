import { decodings, textOf, unitsOf } from './decode-text.ts'

/** Shortest needle that is found anywhere. A shorter one must stand alone, or half of every message would be sealed. */
const anywhereLength = 6
/** Shortest secret: a shorter one can be guessed, also from the rest of the text. */
export const minLength = 4
/** Shortest base64 needle: the characters that depend on the secret alone. */
const minBase64Length = 8
/** Values that reveal nothing, and occur in many messages. */
const plainWords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none'])

/** A text to search for, at least `minLength` units long. */
export interface Needle {
  readonly units: Uint16Array
  /** Whether it counts only if no letter or digit is beside it. */
  readonly standsAlone: boolean
  /** For base64: whether the character before, or behind, holds bits of it. */
  readonly before: boolean
  readonly behind: boolean
  /** Shortest beginning that reveals it at the end of a cut text. */
  readonly minCut: number
}

function needle(text: string, also: Partial<Needle> = {}): Needle {
  return {
    units: unitsOf(text),
    standsAlone: false,
    before: false,
    behind: false,
    minCut: anywhereLength,
    ...also,
  }
}

/** The value in base64 and base64url at each offset in a longer text, without characters that depend on its neighbours. */
function base64Needles(value: string): readonly Needle[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const bits = (offset + bytes.length) * 8
    const text = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6))
    if (text.length < minBase64Length) return []
    const url = text.replaceAll('+', '-').replaceAll('/', '_')
    const ends = { before: offset !== 0, behind: true, minCut: minBase64Length }
    return [...new Set([text, url])].map((each) => needle(each, ends))
  })
}

function spellingsOf(value: string): readonly Needle[] {
  if (value.length < anywhereLength) return [needle(value, { standsAlone: true, minCut: Number.POSITIVE_INFINITY })]
  // A secret that looks encoded is found in its decoded form when a text is decoded.
  const texts = decodings(value).map(({ units }) => textOf(units))
  // In a form, a space is a plus sign.
  const spelled = new Set([...texts, ...texts.map((text) => text.replaceAll(' ', '+'))])
  const long = [...spelled].filter(({ length }) => length >= anywhereLength)
  return [...long.map((text) => needle(text)), ...base64Needles(value)]
}

/** The parts of a value that are secret by themselves: its lines, the credential after a scheme, and its password. */
function partsOf(value: string): readonly string[] {
  const lines = value.includes('\n') ? value.split(/\r?\n/).map((line) => line.trim()) : []
  const [, scheme = '', credential] = /^([A-Za-z][A-Za-z0-9-]*)\s+(\S.*)$/.exec(value) ?? []
  if (credential === undefined) return [value, ...lines]
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(credential, 'base64').toString() : ''
  const password = basic.slice(basic.indexOf(':') + 1)
  return [value, ...lines, credential, ...(basic === '' ? [] : [basic, password])]
}

/** The secret parts of `values`, each once. */
export function secretPartsOf(values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap(partsOf))].filter(
    (value) => value.length >= minLength && value.trim() !== '' && !plainWords.has(value.toLowerCase()),
  )
}

/** The needles of all spellings of the secrets. */
export function needlesOf(secrets: readonly string[]): readonly Needle[] {
  return secrets.flatMap(spellingsOf)
}
