import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RegistryError } from '../base/errors.ts'
import { createScrub } from './scrub.ts'
import { scrubError } from './scrub-error.ts'

const marker = 'p4ss/w+rd "ü" 100%~x'
const scrub = createScrub([marker])
const unicodeEscaped = (text: string) =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
const spellings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'JSON with slashes': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'JSON escapes': unicodeEscaped,
  'JSON escapes in upper case': (text) => unicodeEscaped(text).replace(/[a-f]/g, (letter) => letter.toUpperCase()),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'a URL': encodeURIComponent,
  'a URL in lower case': (text) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase()),
  'a URL in a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
  'a form': (text) => new URLSearchParams({ a: text }).toString().slice(2),
}
function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

describe('a secret that is known', () => {
  it.each(Object.entries(spellings))('is removed from a text as %s', (_, spell) => {
    const values = fc.string({ unit: fc.constantFrom(...'abcXYZ019 /+"%~ü&=?\n\t€'), minLength: 8, maxLength: 40 })
    fc.assert(
      fc.property(values, (value) => {
        fc.pre(value.trim().length >= 8 && new Set(value).size > 2)
        const spelled = spell(value)
        const left = createScrub([value])(`before:${spelled}:after`)
        expect(left.startsWith('before:')).toBe(true)
        expect(left.endsWith(':after')).toBe(true)
        expect(left).not.toContain(spelled)
        // Of base64, the characters at an end may hold bits of its neighbours.
        expect(left.length).toBeLessThan('before:[sealed]:after'.length + 3)
      }),
    )
  })

  it('is removed from base64 that begins before it, or goes on behind it', () => {
    for (const [before, behind] of [
      ['', 'z'],
      ['a', ''],
      ['ab', 'zz'],
      ['abc', 'z'],
      ['user:', ''],
    ]) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${before}${marker}${behind}`).toString(encoding)
        const left = scrub(`Basic ${encoded}`)
        expect(Buffer.from(left.replaceAll('[sealed]', ''), 'base64').toString()).not.toContain('w+rd')
        expect(left).toContain('[sealed]')
      }
    }
  })

  it('is removed where the text is cut within it', () => {
    expect(scrub(`said: ${marker.slice(0, 9)}`)).toBe('said: [sealed]')
    expect(scrub('said: p4s')).toBe('said: p4s')
  })

  it('is removed line by line, and without the scheme of a credential', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASC\n-----END KEY-----\n'
    expect(createScrub([key])('line: kiG9w0BAQEFAASC')).toBe('line: [sealed]')
    expect(createScrub(['Bearer abcdef123'])('got abcdef123')).toBe('got [sealed]')
    const basic = createScrub([`Basic ${Buffer.from('me:open sesame').toString('base64')}`])
    expect(basic('the password open sesame of me:open sesame')).toBe('the password [sealed] of [sealed]')
  })

  it('of 4 or 5 characters is removed where it stands alone, and a shorter one nowhere', () => {
    const short = createScrub(['abcd', 'xyz', 'true', ''])
    expect(short('abcd, (abcd) and abcde; xyz is true')).toBe('[sealed], ([sealed]) and abcde; xyz is true')
  })

  it.each(Object.entries(spellings))('is removed where the text is cut within it, as %s', (_, spell) => {
    const values = fc.string({ unit: fc.constantFrom(...'abcXYZ019 /+"%~ü&=?€'), minLength: 12, maxLength: 40 })
    // Of a text that is cut, so much is kept before the mark.
    const [textBytes, keptBytes] = [1_024, 976]
    fc.assert(
      fc.property(values, fc.nat(99), (value, percent) => {
        fc.pre(value.trim().length >= 12 && new Set(value).size > 4)
        const spelled = spell(value)
        const whole = spelled.slice(0, commonLength(spelled, spell(value.slice(0, 10))))
        const there = spelled.slice(0, whole.length + Math.floor(((spelled.length - whole.length) * percent) / 100))
        const before = '.'.repeat(keptBytes - Buffer.byteLength(there))
        const scrubValue = createScrub([value], textBytes)
        expect(scrubValue(`${before}${spelled}${'.'.repeat(textBytes)}`)).not.toContain(whole)
        expect(scrubValue(`${before}${there}`)).not.toContain(whole)
        expect(scrubValue(`before:${there}… (9 characters left out)`)).not.toContain(whole)
      }),
    )
  })

  it('is found in long texts, and long secrets in texts', () => {
    const long = 'ab'.repeat(3_000)
    expect(createScrub([long])(`<${long}>`)).toBe('<[sealed]>')
    const many = Array.from({ length: 500 }, (_, index) => `sk-live-${index}-0123456789abcdef`)
    const scrubbed = createScrub(many)(many.join(' '))
    expect(new Set(scrubbed.split(' '))).toEqual(new Set(['[sealed]']))
    const huge = Array.from({ length: 8_192 }, (_, index) => `${index} of more`).join(', ')
    expect(createScrub([huge], 2 ** 20)(`<${huge}>`)).toBe('<[sealed]>')
    // Of one that is cut, all that is there.
    expect(createScrub([huge])(`<${huge}>`)).toMatch(/^<\[sealed\]… \(\d+ characters left out\)$/)
  })

  it('leaves every text as it is that holds none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('p4ss'))
        expect(scrub(text)).toBe(text)
      }),
    )
  })
})

it('an error loses it in its message, its lines of stderr and its causes, and nothing else', () => {
  const root = Object.assign(new Error(`root ${marker}`), { code: 'ECONNREFUSED', headers: { authorization: marker } })
  const cause = new TypeError(`outer ${marker}`, { cause: root })
  const details = { httpStatus: 500, stderrTail: ['a line', `with ${marker}`] }
  const error = new RegistryError('CONNECT_FAILED', `failed ${marker}`, { cause, retryable: true, details })
  const scrubbed = scrubError(error, scrub)
  expect(scrubbed).toMatchObject({
    code: 'CONNECT_FAILED',
    message: 'failed [sealed]',
    retryable: true,
    details: { httpStatus: 500, stderrTail: ['a line', 'with [sealed]'] },
    cause: { name: 'TypeError', message: 'outer [sealed]', cause: { message: 'root [sealed]', code: 'ECONNREFUSED' } },
  })
  const everything = (value: unknown): string =>
    value instanceof Error
      ? [value.message, value.stack, everything(value.cause), JSON.stringify(value)].join(' ')
      : String(value)
  expect(everything(scrubbed)).not.toContain('p4ss')
})

it('an error says no more than one text may, with the newest lines of stderr and no rest of a long one', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `${index} ${'%2541'.repeat(200)}`)
  const cause = new TypeError('x'.repeat(1_000_000), { cause: new Error('y'.repeat(1_000_000)) })
  const error = new RegistryError('CONNECT_FAILED', 'failed', { cause, details: { stderrTail: lines } })
  for (const known of [[marker], []]) {
    const { message, details, cause: shown } = scrubError(error, createScrub(known, 8_192))
    expect(message).toBe('failed')
    const { stderrTail = [] } = details
    expect(stderrTail.at(-1)).toBe(lines.at(-1))
    expect(stderrTail.length).toBe(9)
    expect(
      JSON.stringify([stderrTail, shown instanceof Error ? [shown.message, shown.stack] : shown]).length,
    ).toBeLessThan(20_000)
  }
  const short = new RegistryError('CONNECT_FAILED', 'failed', { details: { stderrTail: ['one'] } })
  expect(scrubError(short, createScrub([]))).toBe(short)
})

it('removes a secret from the scopes that a server asks for', () => {
  const error = new RegistryError('AUTH_REQUIRED', 'no', { details: { scopes: ['read', marker] } })
  expect(scrubError(error, scrub).details.scopes).toEqual(['read', '[sealed]'])
})
