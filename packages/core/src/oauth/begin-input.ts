import { invalidInput } from '../base/errors.ts'
import { isScope } from '../model/oauth-scopes.ts'
import { isLoopbackUri } from './client-identity.ts'
import type { ResolvedOAuthOptions } from './options.ts'

/** Longest redirect URI, in characters, and most scopes that a caller may ask for. */
const maxRedirectLength = 2_000
const maxScopes = 100

/** @throws INVALID_INPUT */
export function allowedRedirect(given: string | undefined, options: ResolvedOAuthOptions): string {
  const path = ['redirectUri']
  if (given === undefined) {
    if (options.callbackUrl !== undefined) return options.callbackUrl
    throw invalidInput(path, 'redirectUri: expected a URI, as this registry has no callback of its own, got none')
  }
  if (given === options.callbackUrl || options.redirectUris.includes(given)) return given
  if (isCallableLoopback(given)) return given
  throw invalidInput(path, 'redirectUri: expected one of the allowed redirect URIs, or a loopback one, got another')
}

/** RFC 8252 section 7.3. Characters that URL parsers drop would make one URI of another. */
function isCallableLoopback(uri: string): boolean {
  if (uri.length > maxRedirectLength || !/^[\x21-\x7e]+$/.test(uri) || uri.includes('#') || !isLoopbackUri(uri))
    return false
  const { username, password } = new URL(uri)
  return username === '' && password === ''
}

/** @throws INVALID_INPUT */
export function checkedScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length > maxScopes) {
    throw invalidInput(['scopes'], `scopes: expected at most ${maxScopes}, got ${scopes.length}`)
  }
  const wrong = scopes.findIndex((scope) => !isScope(scope))
  if (wrong === -1) return scopes
  const message = 'expected a scope of printable characters without spaces (RFC 6749 section 3.3), one in each member'
  throw invalidInput(['scopes', String(wrong)], `scopes.${wrong}: ${message}`)
}
