import type { CombinedError } from 'urql'

/** Why the request failed: API unreachable, key required, scope missing, or another error. */
export type ApiErrorKind = 'AWAY' | 'KEY_NEEDED' | 'NOT_ALLOWED' | 'OTHER'

export interface ApiError {
  readonly kind: ApiErrorKind
  readonly message: string
}

const awayStatuses = new Set([502, 503, 504])

export function describeApiError(error: CombinedError): ApiError {
  const [first] = error.graphQLErrors
  const code = first?.extensions.code
  // fetch returns a Response, although urql types it as any.
  const status: unknown = error.response?.status
  if (code === 'UNAUTHENTICATED' || status === 401) return { kind: 'KEY_NEEDED', message: 'Sign in with an API key' }
  if (code === 'FORBIDDEN') return { kind: 'NOT_ALLOWED', message: first?.message ?? 'This key does not permit that' }
  if (code === 'STORAGE_UNAVAILABLE' || code === 'CLOSED')
    return { kind: 'AWAY', message: first?.message ?? 'The API is unavailable' }
  if (first) return { kind: 'OTHER', message: first.message }
  if (error.networkError && (status === undefined || (typeof status === 'number' && awayStatuses.has(status))))
    return { kind: 'AWAY', message: 'The API cannot be reached' }
  return { kind: 'OTHER', message: error.message }
}
