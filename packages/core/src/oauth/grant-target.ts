import type { ServerId } from '../base/ids.ts'
import type { OAuthConfig, OAuthGrantRecord } from '../model/oauth.ts'
import { namesIssuer } from '../model/oauth-issuer.ts'
import { authRequired } from './failures.ts'
import { shown } from './foreign-fetch.ts'

/** A server whose requests are authorized by OAuth. */
export interface GrantTarget {
  readonly serverId: ServerId
  readonly serverName: string
  readonly serverUrl: string
  readonly config: OAuthConfig
}

/** Whether the owner gave what this registry is known by, which belongs to one authorization server. */
function isGivenByOwner({ clientId, assertion, idp }: OAuthConfig): boolean {
  return clientId !== null || assertion !== null || idp !== null
}

/**
 * Checks that what the owner gave goes only to the authorization server that it was first shown to.
 * @throws AUTH_REQUIRED naming both
 */
export function assertPinned({ config }: GrantTarget, { pinned }: OAuthGrantRecord, issuer: string): void {
  if (config.issuer !== null || !isGivenByOwner(config) || pinned === null) return
  if (pinned.clientId !== config.clientId || namesIssuer(issuer, pinned.issuer)) return
  const message = `The server now names the authorization server ${shown(issuer)}; its client and credentials belong to ${shown(pinned.issuer)}, and are not shown to another. If that is right, set auth again with issuer`
  throw authRequired(message)
}

/**
 * What to store before the owner's credentials are shown to an authorization server: afterwards it would be too late if that
 * one refuses them, and the server names another. Undefined: nothing changes.
 */
export function pinOf(
  { config }: GrantTarget,
  { pinned }: OAuthGrantRecord,
  issuer: string,
): OAuthGrantRecord['pinned'] | undefined {
  if (!isGivenByOwner(config)) return undefined
  const { clientId } = config
  return pinned?.issuer === issuer && pinned.clientId === clientId ? undefined : { issuer, clientId }
}
