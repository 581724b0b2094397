import { printable } from '../output/printable.ts'
import type { OAuthFields } from '../queries/oauth-fields.ts'

const statuses = {
  NOT_CONNECTED: 'not connected',
  AUTHORIZING: 'waiting for the browser',
  CONNECTED: 'connected',
  EXPIRED: 'expired',
  REAUTH_REQUIRED: 'needs a new consent',
} as const satisfies Record<OAuthFields['status'], string>

const grants = {
  AUTHORIZATION_CODE: 'authorization code',
  CLIENT_CREDENTIALS: 'client credentials',
  JWT_BEARER: 'JWT bearer',
  ENTERPRISE_MANAGED: 'enterprise-managed',
} as const satisfies Record<OAuthFields['grant'], string>

const registrations = {
  PRE_REGISTERED: 'registered by hand',
  METADATA_DOCUMENT: 'known by its metadata document',
  DYNAMIC: 'registered itself',
} as const satisfies Record<NonNullable<OAuthFields['clientRegistration']>, string>

/** The status in few words: "connected". */
export function oauthStatus({ status }: OAuthFields): string {
  return statuses[status]
}

function clientOf({ clientId, clientRegistration }: OAuthFields): string | undefined {
  const how = clientRegistration && registrations[clientRegistration]
  if (clientId === null) return how ?? undefined
  return how === null ? clientId : `${clientId} (${how})`
}

/** What a server's page says of OAuth, each with its label. */
export function oauthRows(oauth: OAuthFields): readonly (readonly [string, string])[] {
  const { grant, reason, issuer, scopes, requestedScopes, expiresAt } = oauth
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    [
      'OAuth',
      `${oauthStatus(oauth)}${oauth.status === 'EXPIRED' ? ', the next request renews it' : ''} (${grants[grant]})`,
    ],
    ['Reason', reason],
    ['Issuer', issuer],
    ['Client', clientOf(oauth)],
    ['Scopes', scopes.join(' ')],
    ['Asked for', requestedScopes.join(' ')],
    ['Token until', expiresAt],
  ]
  return rows.flatMap(([label, value]) => (value ? [[label, printable(value)] as const] : []))
}
