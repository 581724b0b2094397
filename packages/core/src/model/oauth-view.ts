import type { OAuthAuth, OAuthConfig, OAuthGrantRecord, OAuthStatus } from './oauth.ts'

const expiredForGood = 'The access token has expired, and the authorization server gave no refresh token'

interface GrantStatus {
  readonly status: OAuthStatus
  readonly reason: string | null
}

function statusOf(config: OAuthConfig, grant: OAuthGrantRecord | undefined, now: number): GrantStatus {
  if (!grant || grant.state === 'NOT_CONNECTED') {
    const isAuthorizing = (grant?.authorizingUntil ?? 0) > now
    return { status: isAuthorizing ? 'AUTHORIZING' : 'NOT_CONNECTED', reason: null }
  }
  if (grant.state === 'REAUTH_REQUIRED') return { status: 'REAUTH_REQUIRED', reason: grant.reason }
  if (grant.expiresAt === null || grant.expiresAt > now) return { status: 'CONNECTED', reason: null }
  // The other grants ask for a token without the owner.
  const isRenewed = grant.isRenewable || config.grant !== 'AUTHORIZATION_CODE'
  return isRenewed ? { status: 'EXPIRED', reason: null } : { status: 'REAUTH_REQUIRED', reason: expiredForGood }
}

/** OAuth of a server as callers see it, at `now` in epoch milliseconds. */
export function toOAuthAuth(config: OAuthConfig, grant: OAuthGrantRecord | undefined, now: number): OAuthAuth {
  const expiresAt = grant?.expiresAt ?? null
  return {
    type: 'OAUTH',
    grant: config.grant,
    ...statusOf(config, grant, now),
    issuer: grant?.endpoints?.issuer ?? null,
    clientId: config.clientId ?? grant?.clientId ?? null,
    clientRegistration: config.clientId === null ? (grant?.registration ?? null) : 'PRE_REGISTERED',
    scopes: grant?.scopes ?? [],
    requestedScopes: grant?.requestedScopes ?? [],
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  }
}
