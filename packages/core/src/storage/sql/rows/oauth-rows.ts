import type { TenantId } from '../../../base/ids.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../../../model/oauth.ts'
import { Sealed } from '../../../model/secret.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { OAuthClientRow, OAuthFlowRow, OAuthGrantRow } from '../schema.ts'

// `Sealed` prints as a mark, also as JSON, and so is stored by its text.

export function fromOAuthGrantRow({ body }: OAuthGrantRow): OAuthGrantRecord {
  const { tokens, ...grant } = fromJson(body)
  return { ...grant, tokens: tokens === null ? null : new Sealed(tokens) }
}

export function toOAuthGrantRow(tenant: TenantId, grant: OAuthGrantRecord): OAuthGrantRow {
  const { serverId, version, tokens } = grant
  return { tenant, server_id: serverId, version, body: toJson({ ...grant, tokens: tokens?.text ?? null }) }
}

export function fromOAuthClientRow({ body }: OAuthClientRow): OAuthClientRecord {
  const { information, ...client } = fromJson(body)
  return { ...client, information: new Sealed(information) }
}

export function toOAuthClientRow(tenant: TenantId, client: OAuthClientRecord): OAuthClientRow {
  const { issuer, redirectUri, createdAt, information } = client
  const body = toJson({ ...client, information: information.text })
  return { tenant, issuer, redirect_uri: redirectUri, created_at: createdAt, body }
}

export function fromOAuthFlowRow({ body }: OAuthFlowRow): OAuthFlowRecord {
  const { secrets, ...flow } = fromJson(body)
  return { ...flow, secrets: new Sealed(secrets) }
}

export function toOAuthFlowRow(tenant: TenantId, flow: OAuthFlowRecord): OAuthFlowRow {
  const { stateHash, serverId, createdAt, expiresAt, secrets } = flow
  return {
    tenant,
    state_hash: stateHash,
    server_id: serverId,
    created_at: createdAt,
    expires_at: expiresAt,
    body: toJson({ ...flow, secrets: secrets.text }),
  }
}
