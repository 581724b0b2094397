import { invalidInput, RegistryError } from '../../base/errors.ts'

const sentinelStart = '=?base64?'
const sentinelEnd = '?='
/** Visible ASCII, spaces and tabs, with a visible character at both ends (RFC 9110 section 5.5). */
const plain = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/

/** Bytes of one header value. Servers and proxies commonly refuse more than 8 KiB. */
export const maxHeaderValueBytes = 8 * 1024

const isSentinel = (value: string) => value.startsWith(sentinelStart) && value.endsWith(sentinelEnd)

/**
 * A value as a header carries it: as it is, or as Base64 of its UTF-8 between the sentinels (MCP 2026-07-28, Streamable
 * HTTP, value encoding). The answer is printable ASCII, so that no value can split a header.
 *
 * @param what Names the value in messages.
 * @throws INVALID_INPUT for lone surrogates, which UTF-8 cannot carry; LIMIT_EXCEEDED for more than 8 KiB.
 */
export function encodeHeaderValue(value: string, what: string): string {
  if (!value.isWellFormed()) {
    throw invalidInput(
      ['args'],
      `${what}: expected well-formed Unicode, got a lone surrogate, which no header can carry`,
    )
  }
  const encoded =
    plain.test(value) && !isSentinel(value)
      ? value
      : `${sentinelStart}${Buffer.from(value).toString('base64')}${sentinelEnd}`
  if (encoded.length <= maxHeaderValueBytes) return encoded
  const message = `${what}: expected at most ${maxHeaderValueBytes} bytes as an HTTP header, got ${encoded.length}`
  throw new RegistryError('LIMIT_EXCEEDED', message, { path: ['args'] })
}
