import type { GraphQLClient } from '@toolyard/graphql/client'
import type { ResultOf } from 'gql.tada'
import { checkAuthMutation } from '../queries/auth-mutations.ts'
import type { ServerFields } from '../queries/documents.ts'
import { type OAuthFields, oauthOf } from '../queries/oauth-fields.ts'
import type { PreviewResult } from '../queries/refresh-preview.ts'
import { type Check, finding, fine } from './check.ts'

type McpFault = Extract<PreviewResult, { readonly __typename: 'McpError' }>
type CheckResult = NonNullable<ResultOf<typeof checkAuthMutation>['checkMcpAuth']>
type CheckedAuth = Extract<CheckResult, { readonly __typename: 'CheckMcpAuthPayload' }>

const area = 'MCP_SERVERS'

/** The finding for a server that refused the request, or whose owner has to authorize it first. */
export function authFault(server: ServerFields, { message, authentication }: McpFault): Check {
  const { name } = server
  const oauth = oauthOf(server)
  if (!oauth) return finding(authentication === 'OAUTH' ? 'OAUTH_NOT_CONNECTED' : 'TOKEN_REFUSED', area, name, message)
  const isBrowser = oauth.grant === 'AUTHORIZATION_CODE'
  switch (oauth.status) {
    case 'AUTHORIZING':
      return finding('OAUTH_WAITING', area, name, 'the browser of its owner is waited for')
    case 'NOT_CONNECTED':
      return finding(isBrowser ? 'OAUTH_NOT_CONNECTED' : 'OAUTH_CREDENTIALS_REFUSED', area, name, message)
    case 'REAUTH_REQUIRED':
      return finding(isBrowser ? 'OAUTH_CONSENT_NEEDED' : 'OAUTH_CREDENTIALS_REFUSED', area, name, message)
    case 'CONNECTED':
    case 'EXPIRED':
      return finding('OAUTH_REFUSED', area, name, message)
  }
}

/** What the server was granted, and until when. */
function checkToken(name: string, { status, expiresAt, scopes }: OAuthFields): readonly Check[] {
  if (status === 'EXPIRED') return [fine(area, name, 'its access token has expired; the next request renews it')]
  if (status !== 'CONNECTED') return []
  const until = expiresAt === null ? '' : ` until ${expiresAt}`
  const allowed = scopes.length > 0 ? `, with the scopes ${scopes.join(' ')}` : ''
  return [fine(area, name, `is connected by OAuth; its access token is valid${until}${allowed}`)]
}

function checkIssuer(name: string, oauth: OAuthFields, checked: CheckedAuth): readonly Check[] {
  const { issuer, metadataMs, missingScopes, isRenewable } = checked
  const isConnected = oauth.status === 'CONNECTED'
  const until = oauth.expiresAt === null ? 'it is refused' : oauth.expiresAt
  return [
    fine(area, name, `the authorization server ${issuer} answers; its metadata came in ${metadataMs} ms`),
    ...(missingScopes.length > 0
      ? [finding('OAUTH_SCOPES_MISSING', area, name, `scopes were not granted: ${missingScopes.join(' ')}`)]
      : []),
    ...(isConnected && !isRenewable
      ? [finding('OAUTH_NOT_RENEWABLE', area, name, `its access token is not renewed; the access lasts until ${until}`)]
      : []),
  ]
}

/** The code and the message of an authorization server that cannot be asked. */
function issuerFault(name: string, { code, message }: { readonly code: string; readonly message: string }): Check {
  return finding(code === 'URL_BLOCKED' ? 'OAUTH_ISSUER_BLOCKED' : 'OAUTH_ISSUER_UNREACHABLE', area, name, message)
}

/**
 * Checks what a server was granted by OAuth, and whether its authorization server answers; no checks for a server without
 * OAuth. Rejects with GraphQLClientError if the API does not answer.
 */
export async function checkGrant(
  server: ServerFields,
  { client, signal }: { readonly client: GraphQLClient; readonly signal: AbortSignal },
): Promise<readonly Check[]> {
  const { id, name } = server
  const oauth = oauthOf(server)
  if (!oauth) return []
  const { checkMcpAuth: result } = await client.request(checkAuthMutation, { input: { serverId: id } }, { signal })
  if (!result) return [finding('SERVER_FAILED', area, name, 'the API answered nothing')]
  const ofIssuer =
    result.__typename === 'CheckMcpAuthPayload' ? checkIssuer(name, oauth, result) : [issuerFault(name, result)]
  return [...checkToken(name, oauth), ...ofIssuer]
}
