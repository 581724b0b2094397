import { startDeadline } from '../base/deadline.ts'
import type { OAuthGrantRecord } from '../model/oauth.ts'
import type { FlowDeps } from './browser-flow.ts'
import { authenticateClient } from './client-authentication.ts'
import { createForeignRequests } from './foreign-fetch.ts'
import type { GrantTarget } from './grant-target.ts'
import { metadataOf } from './obtain-tokens.ts'
import type { TokenDeps } from './request-tokens.ts'
import { loadSdk } from './sdk.ts'

const revokeMs = 10_000

/**
 * Revokes the tokens of a grant where its authorization server can (RFC 7009): the refresh token, which takes the access
 * tokens along, or else the access token. Resolves with whether it did.
 */
export async function revokeTokens(
  target: GrantTarget,
  grant: OAuthGrantRecord,
  deps: TokenDeps & Pick<FlowDeps, 'dispatcher' | 'closing' | 'turns'>,
): Promise<boolean> {
  const { endpoints, registration } = grant
  const tokens = await deps.vault.openTokens(grant)
  const revocationEndpoint = endpoints?.revocationEndpoint
  if (!tokens || !endpoints || !revocationEndpoint || registration === null) return false
  using limit = startDeadline(deps.closing, [{ name: 'the time to revoke tokens', ms: revokeMs }])
  const requests = createForeignRequests(deps.dispatcher, limit.signal)
  const { serverId, config } = target
  const { clientId, redirectUri } = grant
  const sdk = await loadSdk()
  const identity = { serverId, config, issuer: endpoints.issuer, clientId, registration, redirectUri }
  const { clientInformation, addClientAuthentication } = await authenticateClient(sdk, identity, deps, limit.signal)
  const form = new URLSearchParams({ token: tokens.refreshToken ?? tokens.accessToken })
  form.set('token_type_hint', tokens.refreshToken === null ? 'access_token' : 'refresh_token')
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' })
  if (addClientAuthentication) {
    await addClientAuthentication(headers, form, endpoints.tokenEndpoint, metadataOf(endpoints))
  } else if (clientInformation?.client_secret) {
    const { client_id: id, client_secret: secret } = clientInformation
    const encoded = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
    headers.set('authorization', `Basic ${Buffer.from(encoded).toString('base64')}`)
  } else if (clientId !== null) form.set('client_id', clientId)
  const revoke = () => requests.fetch(revocationEndpoint, { method: 'POST', headers, body: form })
  return (await deps.turns.end(limit.signal, revoke)).ok
}
