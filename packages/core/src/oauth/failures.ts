import { isRegistryError, RegistryError, type RegistryErrorOptions } from '../base/errors.ts'
import { withoutForeignText } from './foreign-error.ts'
import type { ForeignRequests } from './foreign-fetch.ts'
import { shown } from './foreign-fetch.ts'

/** Error codes of RFC 6749, 6750, 7591, 8628, 8707, 9449 and OpenID Connect: only these are repeated. */
const knownCodes: ReadonlySet<string> = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_client_metadata',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'use_dpop_nonce',
])

/** An error code as it may be shown: a foreign text is not repeated. */
export function shownCode(code: string): string {
  return knownCodes.has(code) ? code : 'an error of its own'
}

/** How an authorization server answered a request for tokens. */
export type TokenFailure =
  /** It may answer the same request later; nothing is lost. */
  | { readonly kind: 'TRANSIENT'; readonly error: RegistryError; readonly what: string }
  /** It refuses the grant, the client or what was asked for, and goes on refusing it. */
  | { readonly kind: 'REFUSED'; readonly code: string }
  /** This side refused: the network policy, a limit, a secret that cannot be read. */
  | { readonly kind: 'BLOCKED'; readonly error: RegistryError }

const transientCodes: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable', 'too_many_requests'])

const isOAuthError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && error.name === 'OAuthError' && 'code' in error && typeof error.code === 'string'

/** Sorts what a function of the SDK rejected with, by its structure. `endpoint` is where the request went. */
export function tokenFailureOf(error: unknown, requests: ForeignRequests, endpoint: string): TokenFailure {
  if (isRegistryError(error) && error.retryable && (error.code === 'CONNECT_FAILED' || error.code === 'TIMEOUT')) {
    const what = error.code === 'TIMEOUT' ? `${shown(endpoint)} gave no answer in time` : error.message
    return { kind: 'TRANSIENT', error: unwell(what, error, error.code), what }
  }
  if (isRegistryError(error) && error.retryable) return { kind: 'TRANSIENT', error, what: error.message }
  if (isRegistryError(error)) return { kind: 'BLOCKED', error }
  const { lastStatus } = requests
  const isUnwell = lastStatus !== undefined && (lastStatus >= 500 || lastStatus === 429)
  if (isOAuthError(error) && !isUnwell && !transientCodes.has(error.code)) return { kind: 'REFUSED', code: error.code }
  const how = lastStatus === undefined ? 'gave no answer' : `answered HTTP ${lastStatus}`
  const said = isOAuthError(error) ? ` with ${shownCode(error.code)}` : ' without a token'
  const what = `${shown(endpoint)} ${how}${said}`
  return { kind: 'TRANSIENT', error: unwell(what, error), what }
}

export function unwell(what: string, cause: unknown, code: RegistryError['code'] = 'CONNECT_FAILED'): RegistryError {
  const message = `The authorization server fails for now: ${what}. What was granted is kept; try again later`
  return new RegistryError(code, message, { cause: withoutForeignText(cause), retryable: true })
}

/** The error of a request that only the owner of the server can make possible. */
export function authRequired(message: string, options: RegistryErrorOptions = {}): RegistryError {
  return new RegistryError('AUTH_REQUIRED', message, options)
}

/** What discovery and registration reject with, typed and without foreign text. */
export function discoveryError(error: unknown, what: string): RegistryError {
  if (isRegistryError(error)) return error
  const name = error instanceof Error ? error.name : typeof error
  // Only the kind: messages of the SDK quote documents of the other side.
  const problem =
    name === 'IssuerMismatchError'
      ? 'its metadata names another issuer (RFC 8414 section 3.3)'
      : name === 'ZodError' || error instanceof SyntaxError
        ? 'its metadata is not valid'
        : name === 'RegistrationRejectedError'
          ? 'it refuses to register this client (RFC 7591); register one by hand, and set its clientId'
          : name === 'InsecureTokenEndpointError'
            ? 'its token endpoint is not https'
            : 'it could not be read'
  return new RegistryError('CONNECT_FAILED', `${what}: ${problem}`, { cause: withoutForeignText(error) })
}
