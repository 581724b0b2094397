import type { ServerId, TenantId } from '../../../base/ids.ts'
import { flowNotFound, staleGrant } from '../../errors.ts'
import type { OAuthWrite, TenantWrite } from '../../write.ts'
import { toOAuthClientRow, toOAuthFlowRow, toOAuthGrantRow } from '../rows/oauth-rows.ts'
import { insert, notFound, type Statement } from '../statement.ts'
import { touchServer } from './update.ts'

type WriteOf<Kind extends OAuthWrite['kind']> = Extract<OAuthWrite, { readonly kind: Kind }>

/** Concurrent writes of one server wait here for each other, and for its deletion. */
function lockServer(tenant: TenantId, id: ServerId): Statement {
  return { ...touchServer(tenant, id), unlessChanged: () => notFound('server', id) }
}

function setGrant(tenant: TenantId, { grant, ifVersion }: WriteOf<'setOAuthGrant'>): readonly Statement[] {
  const { serverId } = grant
  const row = toOAuthGrantRow(tenant, grant)
  const unlessChanged = () => staleGrant(serverId, ifVersion)
  const lock = lockServer(tenant, serverId)
  if (ifVersion === 0) {
    const { sql, rows } = insert('oauth_grants', [row])
    return [lock, { sql: `${sql} on conflict (tenant, server_id) do nothing`, rows, unlessChanged }]
  }
  return [
    lock,
    {
      sql: 'update oauth_grants set version = ?, body = ? where tenant = ? and server_id = ? and version = ?',
      rows: [[row.version, row.body, tenant, serverId, ifVersion]],
      unlessChanged,
    },
  ]
}

/** Those that were made in the same millisecond stay together. */
function setClient(tenant: TenantId, { client, keep }: WriteOf<'setOAuthClient'>): readonly Statement[] {
  const { sql, rows } = insert('oauth_clients', [toOAuthClientRow(tenant, client)])
  const update = 'do update set created_at = excluded.created_at, body = excluded.body'
  const newest = 'select created_at from oauth_clients where tenant = ? order by created_at desc limit 1 offset ?'
  return [
    { sql: `${sql} on conflict (tenant, issuer, redirect_uri) ${update}`, rows },
    {
      sql: `delete from oauth_clients where tenant = ? and created_at < (${newest})`,
      rows: [[tenant, tenant, Math.max(0, keep - 1)]],
    },
  ]
}

/** The new flow stays, even if the clock of its node is behind that of another one. */
function insertFlow(tenant: TenantId, { flow, keep }: WriteOf<'insertOAuthFlow'>): readonly Statement[] {
  const { serverId } = flow
  const ofServer = 'tenant = ? and server_id = ?'
  const newest = `select state_hash from oauth_flows where ${ofServer} order by created_at desc, state_hash desc limit ?`
  return [
    lockServer(tenant, serverId),
    { sql: 'delete from oauth_flows where tenant = ? and expires_at <= ?', rows: [[tenant, flow.createdAt]] },
    {
      sql: `delete from oauth_flows where ${ofServer} and state_hash not in (${newest})`,
      rows: [[tenant, serverId, tenant, serverId, Math.max(0, keep - 1)]],
    },
    insert('oauth_flows', [toOAuthFlowRow(tenant, flow)]),
  ]
}

export function oauthStatements(write: TenantWrite<OAuthWrite>): readonly Statement[] {
  const { tenantId: tenant } = write
  switch (write.kind) {
    case 'setOAuthGrant':
      return setGrant(tenant, write)
    case 'setOAuthClient':
      return setClient(tenant, write)
    case 'deleteOAuthClient':
      return [
        {
          sql: 'delete from oauth_clients where tenant = ? and issuer = ? and redirect_uri = ?',
          rows: [[tenant, write.issuer, write.redirectUri]],
        },
      ]
    case 'insertOAuthFlow':
      return insertFlow(tenant, write)
    case 'takeOAuthFlow':
      return [
        {
          sql: 'delete from oauth_flows where tenant = ? and state_hash = ?',
          rows: [[tenant, write.stateHash]],
          unlessChanged: flowNotFound,
        },
      ]
  }
}
