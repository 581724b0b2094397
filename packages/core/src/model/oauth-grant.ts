import type { OAuthConfig, OAuthGrantRecord } from './oauth.ts'
import { namesIssuer } from './oauth-issuer.ts'

/** Whether what was granted is for this configuration: another URL, client or authorization server gets nothing of it. */
export function isGrantFor(serverUrl: string, config: OAuthConfig, grant: OAuthGrantRecord): boolean {
  if (grant.serverUrl !== serverUrl) return false
  if (grant.state === 'NOT_CONNECTED') return true
  const usesBrowser = config.grant === 'AUTHORIZATION_CODE'
  if (usesBrowser !== (grant.redirectUri !== null)) return false
  const isPreRegistered = grant.registration === 'PRE_REGISTERED'
  if (usesBrowser ? isPreRegistered !== (config.clientId !== null) : !isPreRegistered) return false
  if (isPreRegistered && grant.clientId !== config.clientId) return false
  return config.issuer === null || grant.endpoints === null || namesIssuer(config.issuer, grant.endpoints.issuer)
}
