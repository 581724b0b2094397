/** A text without the secrets that a session knows; `[sealed]` stands where one was. */
export type Scrub = (text: string) => string

const mark = '[sealed]'
/** Found in any text; of a shorter one, only what stands by itself, or half of every message would go. */
const anywhereLength = 6
/** What is shorter is no secret: it can be guessed, also from what would be left of the text. */
const minLength = 4
/** A pattern for each character would be long: a longer one is looked for as it is, and in its usual spellings. */
const patternLength = 256
/** Of a base64 text, what surely comes from the secret, whatever stands around it. */
const minBase64Length = 8
const said: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none'])

const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0')
const anyCase = (text: string) => text.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  '"': '"',
  '/': '/',
  "'": "'",
}

/** A character as it is, escaped for JSON (once or more), or encoded for a URL or a form. */
function characterPattern(character: string): string {
  const units = [...Array(character.length).keys()].map(
    (at) => `\\\\{1,4}u${anyCase(hex(character.charCodeAt(at), 4))}`,
  )
  const bytes = [...Buffer.from(character)].map((byte) => `%(?:25)?${anyCase(hex(byte, 2))}`)
  const short = shortEscapes[character]
  const spellings = [
    escapePattern(character),
    units.join(''),
    bytes.join(''),
    ...(short === undefined ? [] : [`\\\\{1,4}${escapePattern(short)}`]),
    ...(character === ' ' ? ['\\+'] : []),
  ]
  // The longest first: of an escaped backslash, both.
  return `(?:${spellings.reverse().join('|')})`
}

function spellingsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const url = encodeURIComponent(value)
  const form = new URLSearchParams({ a: value }).toString().slice(2)
  return [value, json, json.replaceAll('/', '\\/'), url, form].map(escapePattern)
}

/** In base64 and base64url, wherever in a longer text it begins: what of it does not depend on its neighbours. */
function base64Patterns(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const bits = (offset + bytes.length) * 8
    const own = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6))
    if (own.length < minBase64Length) return []
    // The characters at its ends share bits with their neighbours: they go along.
    const start = offset === 0 ? '' : '[A-Za-z0-9+/_-]?'
    const end = bits % 6 === 0 ? '' : '[A-Za-z0-9+/_-]?={0,2}'
    const body = escapePattern(own)
      .replace(/\\\+|-/g, '(?:[+-]|%2[bB])')
      .replace(/\\\/|_/g, '(?:[/_]|\\\\/|%2[fF])')
    return [start + body + end]
  })
}

function patternsOf(value: string): readonly string[] {
  if (value.length < anywhereLength) return [`(?<![A-Za-z0-9])${escapePattern(value)}(?![A-Za-z0-9])`]
  // Of a backslash and its escapes, a run could be read in too many ways.
  const isExact = value.length > patternLength || value.includes('\\')
  const plain = isExact ? spellingsOf(value) : [[...value].map(characterPattern).join('')]
  return [...plain, ...base64Patterns(value)]
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

/** The text without its end where a secret begins there and is cut off. */
function withoutCutSecret(text: string, values: readonly string[]): string {
  for (const value of values) {
    const at = text.lastIndexOf(value.slice(0, anywhereLength))
    if (at !== -1 && value.startsWith(text.slice(at))) return text.slice(0, at) + mark
  }
  return text
}

/** Where no secret is known. */
export const scrubNothing: Scrub = (text) => text

/**
 * Removes `values` from texts: as they are, in base64 and base64url at any offset, encoded for URLs and forms, and escaped
 * for JSON. A value of 4 or 5 characters goes only where no letter or digit is beside it, a shorter one stays.
 */
export function createScrub(values: readonly string[]): Scrub {
  const parts = values.flatMap(partsOf)
  const secrets = [...new Set(parts)]
    .filter((value) => value.length >= minLength && value.trim() !== '' && !said.has(value.toLowerCase()))
    .sort((a, b) => b.length - a.length)
  if (secrets.length === 0) return scrubNothing
  const long = secrets.filter(({ length }) => length >= anywhereLength)
  // Made when it is needed: most sessions say nothing.
  let patterns: readonly RegExp[] | undefined
  return (text) => {
    patterns ??= secrets.map((secret) => new RegExp(patternsOf(secret).join('|'), 'g'))
    const scrubbed = patterns.reduce((rest, pattern) => rest.replace(pattern, mark), text)
    return withoutCutSecret(scrubbed, long)
  }
}
