import { decodings, textOf, unitsOf } from './decode-text.ts'

/** Found in any text; of a shorter one, only what stands by itself, or half of every message would go. */
const anywhereLength = 6
/** What is shorter is no secret: it can be guessed, also from what would be left of the text. */
export const minLength = 4
/** Of a base64 text, what surely comes from the secret, whatever stands around it. */
const minBase64Length = 8
/** They say nothing by themselves, and stand in many messages. */
const plainWords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none'])

/** Something to look for, at least `minLength` units long. */
export interface Needle {
  readonly units: Uint16Array
  /** Whether only where no letter or digit is beside it. */
  readonly standsAlone: boolean
  /** Of base64: whether the character before, or behind, has bits of it. */
  readonly before: boolean
  readonly behind: boolean
  /** How much of its beginning gives it away at the end of a text that was cut. */
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

/** In base64 and base64url, wherever in a longer text it begins: what of it does not depend on its neighbours. */
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
  // A secret that looks encoded itself is found in what is left of it when a text is decoded.
  const texts = decodings(value).map(({ units }) => textOf(units))
  // In a form, a space is a plus sign.
  const spelled = new Set([...texts, ...texts.map((text) => text.replaceAll(' ', '+'))])
  const long = [...spelled].filter(({ length }) => length >= anywhereLength)
  return [...long.map((text) => needle(text)), ...base64Needles(value)]
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

/** What of `values` is to be kept secret, each once. */
export function secretPartsOf(values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap(partsOf))].filter(
    (value) => value.length >= minLength && value.trim() !== '' && !plainWords.has(value.toLowerCase()),
  )
}

/** All that gives the secrets away. */
export function needlesOf(secrets: readonly string[]): readonly Needle[] {
  return secrets.flatMap(spellingsOf)
}
