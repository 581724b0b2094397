import type { OAuthTokens as SdkTokens } from '@modelcontextprotocol/client'
import { createScrub } from '../secrets/scrub.ts'
import { authRequired } from './failures.ts'

/** Longest token, in characters: more fits into the headers of no server. */
const maxTokenLength = 32_768
/** RFC 6750 section 2.1 has fewer; nothing here can end a header or begin another part of it. */
const accessToken = /^[\x21-\x7e]+$/
/** RFC 6749 appendix A.17. */
const refreshToken = /^[\x20-\x7e]+$/

/**
 * Tokens as they may be stored and sent. A type that this client cannot use has to be refused (RFC 6749 section 7.1), also
 * one that is not bound to its key although it asked for that (RFC 9449 section 5). Nothing of the answer is repeated; its
 * scopes, which are shown, lose those that quote a token or one of `secrets`.
 *
 * @throws AUTH_REQUIRED: the same answer would come again, and what was redeemed for it is used up
 */
export function checkedTokens(tokens: SdkTokens, isBound: boolean, secrets: readonly string[]): SdkTokens {
  const type = isBound ? 'DPoP' : 'Bearer'
  if (tokens.token_type.toLowerCase() !== type.toLowerCase()) {
    throw unusable(`its token_type is not ${type}`)
  }
  assertToken('access_token', tokens.access_token, accessToken)
  if (tokens.refresh_token !== undefined) assertToken('refresh_token', tokens.refresh_token, refreshToken)
  if (tokens.scope === undefined) return tokens
  const scrub = createScrub([...secrets, tokens.access_token, tokens.refresh_token ?? ''])
  const scopes = tokens.scope.split(' ').filter((scope) => scrub(scope) === scope)
  return { ...tokens, scope: scopes.join(' ') }
}

function assertToken(name: string, token: string, pattern: RegExp): void {
  if (token.length > maxTokenLength) throw unusable(`its ${name} has more than ${maxTokenLength} characters`)
  if (!pattern.test(token)) throw unusable(`its ${name} is empty, or has characters that no token has (RFC 6749)`)
}

const unusable = (problem: string) =>
  authRequired(`The authorization server answered with tokens that cannot be used: ${problem}`)
