import type { OAuthWith } from '../../model/oauth-secrets.ts'
import type { ClientFormat, OAuthMember } from '../formats/client-format.ts'

export interface HeldOAuth<Value> {
  /** What the format can say; null if it cannot say that a server uses OAuth. */
  readonly held: OAuthWith<Value> | null
  /** Members that are left out. */
  readonly omitted: readonly string[]
}

const nullable = [
  'clientId',
  'clientSecret',
  'privateKey',
  'signingAlgorithm',
  'scopes',
  'issuer',
  'assertion',
  'idp',
] as const satisfies OAuthMember[]

/** The part of an OAuth configuration that the format has a place for. */
export function heldOAuth<Value>(oauth: OAuthWith<Value>, { oauth: block }: ClientFormat): HeldOAuth<Value> {
  const nothing = { held: null, omitted: ['auth'] }
  if (!block) return nothing
  const has = (member: OAuthMember) => block.members.has(member)
  // A client would try to ask its user.
  if (oauth.grant !== 'AUTHORIZATION_CODE' && !has('grant')) return nothing
  if (block.needsClientId && oauth.clientId === null) return nothing
  const lost = nullable.filter((member) => oauth[member] !== null && !has(member))
  const isDpopLost = oauth.dpop && !has('dpop')
  const cleared: Partial<Record<(typeof nullable)[number], null>> = Object.fromEntries(lost.map((each) => [each, null]))
  return {
    held: { ...oauth, ...cleared, dpop: oauth.dpop && !isDpopLost },
    omitted: [...lost, ...(isDpopLost ? ['dpop'] : [])].map((member) => `auth.${member}`),
  }
}
