import { compareText } from '../../base/compare-text.ts'
import type { ServerId } from '../../base/ids.ts'
import type { OAuthFlowRecord } from '../../model/oauth.ts'
import { flowNotFound, staleGrant } from '../errors.ts'
import type { OAuthReads } from '../storage.ts'
import type { OAuthWrite } from '../write.ts'
import { getMany } from './rows.ts'
import type { Tables } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

const clientKey = (issuer: string, redirectUri: string) => JSON.stringify([issuer, redirectUri])

export function createOAuthReads({ oauthGrants, oauthClients, oauthFlows }: Tables): OAuthReads {
  return {
    grant: async (serverId) => oauthGrants.get(serverId),
    grants: async (serverIds) => getMany(oauthGrants, serverIds),
    client: async (issuer, redirectUri) => oauthClients.get(clientKey(issuer, redirectUri)),
    flow: async (stateHash) => oauthFlows.get(stateHash),
  }
}

const newestFirst = (a: OAuthFlowRecord, b: OAuthFlowRecord) =>
  b.createdAt - a.createdAt || compareText(b.stateHash, a.stateHash)

/** The flows that the insertion of `flow` deletes. */
function prunedBy({ oauthFlows }: Tables, flow: OAuthFlowRecord, keep: number): readonly OAuthFlowRecord[] {
  const isExpired = ({ expiresAt }: OAuthFlowRecord) => expiresAt <= flow.createdAt
  const flows = [...oauthFlows.values()]
  const others = flows.filter((other) => other.serverId === flow.serverId && !isExpired(other))
  return [...flows.filter(isExpired), ...others.sort(newestFirst).slice(Math.max(0, keep - 1))]
}

/** Deletes the grant and the flows of a server. */
export function deleteOAuthOf({ oauthGrants, oauthFlows }: Tables, serverId: ServerId): Undo[] {
  const flows = [...oauthFlows.values()].filter((flow) => flow.serverId === serverId)
  return [...take(oauthGrants, serverId), ...flows.flatMap(({ stateHash }) => take(oauthFlows, stateHash))]
}

export function applyOAuthWrite(tables: Tables, write: OAuthWrite): Undo[] {
  const { servers, oauthGrants, oauthClients, oauthFlows } = tables
  switch (write.kind) {
    case 'setOAuthGrant': {
      const { grant, ifVersion } = write
      const { serverId } = grant
      getOrThrow(servers, serverId, 'server')
      if ((oauthGrants.get(serverId)?.version ?? 0) !== ifVersion) throw staleGrant(serverId, ifVersion)
      return [put(oauthGrants, serverId, grant)]
    }
    case 'setOAuthClient': {
      const { client, keep } = write
      const set = put(oauthClients, clientKey(client.issuer, client.redirectUri), client)
      if (oauthClients.size <= keep) return [set]
      const newest = [...oauthClients.values()].sort((a, b) => b.createdAt - a.createdAt)
      const oldestKept = newest[keep - 1]?.createdAt ?? 0
      const others = newest.filter(({ createdAt }) => createdAt < oldestKept)
      return [set, ...others.flatMap(({ issuer, redirectUri }) => take(oauthClients, clientKey(issuer, redirectUri)))]
    }
    case 'deleteOAuthClient':
      return take(oauthClients, clientKey(write.issuer, write.redirectUri))
    case 'insertOAuthFlow': {
      const { flow, keep } = write
      getOrThrow(servers, flow.serverId, 'server')
      const pruned = prunedBy(tables, flow, keep).flatMap(({ stateHash }) => take(oauthFlows, stateHash))
      return [...pruned, put(oauthFlows, flow.stateHash, flow)]
    }
    case 'takeOAuthFlow':
      if (!oauthFlows.has(write.stateHash)) throw flowNotFound()
      return take(oauthFlows, write.stateHash)
  }
}
