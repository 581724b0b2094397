import { z } from 'zod'
import { issueInWords } from '../base/input-issues.ts'
import { isReservedHeader } from '../model/reserved-headers.ts'
import { isHeaderValue } from '../model/resolve-config.ts'
import type { HeaderAuthConfig, HttpConfig } from '../model/server.ts'
import { type OAuthInput, oauthInput } from './oauth-input.ts'
import { secret, text } from './secret-input.ts'

// RFC 9110 section 5.6.2.
const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The name of a header to remove: an earlier version may have stored one that is reserved by now. */
export const storedHeaderName = text(256).regex(
  tokenPattern,
  'expected a header name that HTTP allows (RFC 9110 section 5.1)',
)
export const headerName = storedHeaderName.refine(
  (value) => !isReservedHeader(value),
  'expected a header that requests to the server do not set themselves',
)
export const headerValue = text(16_384).refine(
  isHeaderValue,
  'expected a value that HTTP allows in a header (RFC 9110 section 5.5)',
)

const headerAuth = z
  .strictObject({
    header: headerName.default('Authorization'),
    token: secret(headerValue.refine((value) => value.trim() !== '', 'expected a non-empty string')),
  })
  .transform(({ header, token }): HeaderAuthConfig => ({ type: 'HEADER', header, token }))

/** How requests to a server are authorized: by a header, or by OAuth. */
export type AuthInput =
  | (z.input<typeof headerAuth> & { readonly oauth?: undefined })
  | { readonly oauth: OAuthInput; readonly header?: undefined; readonly token?: undefined }

const variants = {
  header: { schema: headerAuth, others: ['oauth'] },
  oauth: { schema: z.strictObject({ oauth: oauthInput }).transform(({ oauth }) => oauth), others: ['header', 'token'] },
} as const

/** Which of the two a caller gives. */
function variantOf(given: unknown): keyof typeof variants | 'neither' | 'both' {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'header'
  const { oauth, token, header }: { oauth?: unknown; token?: unknown; header?: unknown } = given
  if (oauth != null) return token != null || header != null ? 'both' : 'oauth'
  // A null token is reported at its own path.
  return token === undefined ? 'neither' : 'header'
}

export const auth = z
  .custom<AuthInput>(() => true)
  .transform((given: unknown, context): NonNullable<HttpConfig['auth']> => {
    const variant = variantOf(given)
    if (variant === 'neither' || variant === 'both') {
      context.addIssue({ code: 'custom', message: `expected either { token } or { oauth }, got ${variant}` })
      return z.NEVER
    }
    const { schema, others } = variants[variant]
    const isOther = (name: string) => others.some((other) => other === name)
    const isMembers = typeof given === 'object' && given !== null && !Array.isArray(given)
    const own = isMembers ? Object.fromEntries(Object.entries(given).filter(([name]) => !isOther(name))) : given
    const result = schema.safeParse(own, { error: issueInWords })
    if (result.success) return result.data
    for (const { message, path } of result.error.issues) context.addIssue({ code: 'custom', message, path })
    return z.NEVER
  })
