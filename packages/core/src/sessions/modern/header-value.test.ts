import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeHeaderValue, maxHeaderValueBytes } from './header-value.ts'

/** As a server reads it (MCP 2026-07-28, value encoding). */
function decode(header: string): string {
  const [, base64] = /^=\?base64\?(.*)\?=$/s.exec(header) ?? []
  return base64 === undefined ? header : Buffer.from(base64, 'base64').toString('utf8')
}

const encode = (value: string) => encodeHeaderValue(value, 'it')

describe('encodeHeaderValue', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['', '=?base64??='],
    ['a\tb', 'a\tb'],
    ['=?base64?', '=?base64?'],
    ['=?BASE64?x?=', '=?BASE64?x?='],
  ])('writes %j as the specification does', (value, header) => {
    expect(encode(value)).toBe(header)
  })

  it('is read back as it was, and never splits a header, whatever the value', () => {
    const odd = ['\r\n', '\0', '😀', '=?base64?', '?=', '\u2028', '\t', ' ', '\x7f', 'ÿ', 'a', ':', '\ud800']
    const value = fc.array(fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 8 })), { maxLength: 12 })
    fc.assert(
      fc.property(value, (parts) => {
        const text = parts.join('')
        fc.pre(text.isWellFormed())
        const header = encode(text)
        expect(header).toMatch(/^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/)
        expect(decode(header)).toBe(text)
      }),
    )
  })

  it('refuses what no header can carry', () => {
    expect(() => encode('\ud800')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: ['args'] }))
    expect(() => encode('x'.repeat(64 * 1024))).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }))
    expect(() => encode('\n'.repeat(maxHeaderValueBytes))).toThrow(/expected at most 8192 bytes/)
    expect(encode('x'.repeat(maxHeaderValueBytes))).toHaveLength(maxHeaderValueBytes)
  })
})
