import type { OAuthReads } from '../../storage.ts'
import { fromOAuthClientRow, fromOAuthFlowRow, fromOAuthGrantRow } from '../rows/oauth-rows.ts'
import type { OAuthGrantRow } from '../schema.ts'
import type { TenantRows } from './tenant-rows.ts'

export function createOAuthReads(rows: TenantRows): OAuthReads {
  return {
    grant: (serverId) => rows.one('oauth_grants', 'server_id = ?', [serverId], fromOAuthGrantRow),
    async grants(serverIds) {
      const ids = JSON.stringify(serverIds)
      const found = await rows.select<OAuthGrantRow>('*', 'oauth_grants', rows.isIn('server_id'), [ids])
      return found.map(fromOAuthGrantRow)
    },
    client: (issuer, redirectUri) =>
      rows.one('oauth_clients', 'issuer = ? and redirect_uri = ?', [issuer, redirectUri], fromOAuthClientRow),
    flow: (stateHash) => rows.one('oauth_flows', 'state_hash = ?', [stateHash], fromOAuthFlowRow),
  }
}
