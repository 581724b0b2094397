import { randomBytes } from 'node:crypto'

/** Each kind of secret gets a text of its own, with characters that every encoding spells in another way. */
export const kinds = [
  'token',
  'header',
  'replacedHeader',
  'env',
  'templated',
  'variable',
  'fromEnv',
  'fromProvider',
  'vaultError',
  'refusedInput',
] as const
export type Kind = (typeof kinds)[number]
export type Markers = Readonly<Record<Kind, string>>

export function createMarkers(): Markers {
  const entries = kinds.map((kind) => [kind, `canary+${kind}/"${randomBytes(12).toString('hex')}"`])
  // One of each kind.
  return Object.fromEntries(entries) as Markers
}

const unicodeEscaped = (text: string) =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')

/** What a hostile server may make of a secret that it was given. */
export function spellingsOf(marker: string): Readonly<Record<string, string>> {
  return {
    plain: marker,
    base64: Buffer.from(marker).toString('base64'),
    base64url: Buffer.from(marker).toString('base64url'),
    'base64 behind a name': Buffer.from(`user:${marker}`).toString('base64'),
    'URL-encoded': encodeURIComponent(marker),
    'form-encoded': new URLSearchParams({ a: marker }).toString().slice(2),
    'JSON-escaped': JSON.stringify(marker).slice(1, -1),
    'unicode-escaped': unicodeEscaped(marker),
  }
}

/** The random part of it in the forms that stay when a text is escaped once more, as in JSON within JSON. */
export function tracesOf(marker: string): Readonly<Record<string, string>> {
  const [, core = marker] = /"(\w+)"/.exec(marker) ?? []
  // Base64 of it at any offset, without what its neighbours decide on.
  const inner = [0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + core)
      .toString('base64')
      .slice(offset === 0 ? 0 : offset + 1, -4),
  )
  return {
    plain: core,
    ...Object.fromEntries(inner.map((text, offset) => [`base64 at ${offset}`, text])),
    'unicode-escaped': unicodeEscaped(core).slice(1, -1),
    'unicode-escaped twice': unicodeEscaped(core).replaceAll('\\', '\\\\').slice(2, -1),
  }
}
