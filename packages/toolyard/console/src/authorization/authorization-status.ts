import type { ServerRow } from '../live/feed-document.ts'
import type { OAuthDetails } from './authorization-documents.ts'

export type OAuthStatus = OAuthDetails['status']
type Grant = OAuthDetails['grant']

export const statusWords: Readonly<Record<OAuthStatus, string>> = {
  NOT_CONNECTED: 'Not connected',
  AUTHORIZING: 'Waiting for consent',
  CONNECTED: 'Connected',
  EXPIRED: 'Token expired',
  REAUTH_REQUIRED: 'Consent required again',
}

export const grantWords: Readonly<Record<Grant, string>> = {
  AUTHORIZATION_CODE: 'Authorization code',
  CLIENT_CREDENTIALS: 'Client credentials',
  JWT_BEARER: 'JWT bearer',
  ENTERPRISE_MANAGED: 'Enterprise-managed',
}

/** Whether the owner connects the server in a browser. The other grants get their tokens by themselves. */
export const usesBrowser = (grant: Grant) => grant === 'AUTHORIZATION_CODE'

/** What the user can do about the authorization of a server in a list. */
export type ConnectAction = 'Connect' | 'Connect again' | 'Grant more scopes'

interface Authorization {
  readonly grant: Grant
  readonly status: OAuthStatus
  readonly requestedScopes: readonly string[]
}

/** The action that a server's authorization needs; undefined if it works, or if only its settings can help. */
export function neededAction({ grant, status, requestedScopes }: Authorization): ConnectAction | undefined {
  if (!usesBrowser(grant)) return undefined
  if (status === 'NOT_CONNECTED') return 'Connect'
  if (status === 'AUTHORIZING' || status === 'REAUTH_REQUIRED') return 'Connect again'
  return requestedScopes.length > 0 ? 'Grant more scopes' : undefined
}

/** OAuth of a server in a list; undefined if it uses none. */
export function oauthOf(row: ServerRow) {
  return 'auth' in row && row.auth?.__typename === 'OAuthAuth' ? row.auth : undefined
}

/** Whether a server without OAuth settings asks for OAuth. */
export function asksForOAuth(row: ServerRow): boolean {
  const isOpen = 'auth' in row && row.auth === null
  return isOpen && row.status === 'NEEDS_AUTH' && row.health.lastError?.authentication === 'OAUTH'
}

/** The action for a server in a list; undefined if it needs none. */
export function actionOf(row: ServerRow): ConnectAction | undefined {
  if (!row.enabled) return undefined
  if (asksForOAuth(row)) return 'Connect'
  const oauth = oauthOf(row)
  // Until its first request, a server may work without a token.
  if (oauth?.status === 'NOT_CONNECTED' && row.status !== 'NEEDS_AUTH') return undefined
  return oauth && neededAction(oauth)
}

/** What a server needs of its owner, after its name. */
export function needWords(row: ServerRow, action: ConnectAction): string {
  const oauth = oauthOf(row)
  if (action === 'Grant more scopes') return `asks for more scopes: ${oauth?.requestedScopes.join(' ').slice(0, 160)}`
  if (oauth?.status === 'AUTHORIZING') return 'waits for your consent'
  return oauth?.status === 'REAUTH_REQUIRED' ? 'requires a new consent' : 'requires authorization'
}
