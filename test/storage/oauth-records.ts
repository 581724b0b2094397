import { createNodeId, type ServerId } from '../../packages/core/src/base/ids.ts'
import type { OAuthClientRecord, OAuthFlowRecord, OAuthGrantRecord } from '../../packages/core/src/model/oauth.ts'
import { Sealed } from '../../packages/core/src/model/secret.ts'

const endpoints = {
  issuer: 'https://as.example/',
  tokenEndpoint: 'https://as.example/token',
  revocationEndpoint: 'https://as.example/revoke',
  clientAuthMethods: ['none', 'private_key_jwt'],
}

/** A grant in which no member is null or empty, so that one that a storage loses is missed. */
export function grant(serverId: ServerId, patch: Partial<OAuthGrantRecord> = {}): OAuthGrantRecord {
  return {
    serverId,
    version: 1,
    state: 'REAUTH_REQUIRED',
    reason: 'the refresh token was revoked: "é" \u0000 \u{1f600}',
    serverUrl: 'https://mcp.example/mcp',
    endpoints,
    pinned: { issuer: 'https://as.example/', clientId: 'a client' },
    resourceMetadataUrl: 'https://mcp.example/metadata',
    resource: 'https://mcp.example/',
    clientId: 'a client',
    registration: 'DYNAMIC',
    redirectUri: 'http://127.0.0.1:4000/oauth/callback',
    scopes: ['read', 'write'],
    requestedScopes: ['admin'],
    stepUps: 2,
    refusedGeneration: 4,
    connectedAt: 1_800_000_000_456,
    issuedAt: 1_800_000_000_789,
    expiresAt: 1_900_000_000_123,
    tokens: new Sealed('v1.key.tokens'),
    isRenewable: true,
    generation: 7,
    renewal: { nodeId: createNodeId(), until: 1_900_000_000_456 },
    authorizingUntil: 1_900_000_000_789,
    updatedAt: 1_900_000_000_000,
    ...patch,
  }
}

/** A grant before a server was first connected. */
export function emptyGrant(serverId: ServerId): OAuthGrantRecord {
  return grant(serverId, {
    state: 'NOT_CONNECTED',
    reason: null,
    endpoints: null,
    resource: null,
    clientId: null,
    registration: null,
    redirectUri: null,
    scopes: [],
    requestedScopes: [],
    stepUps: 0,
    expiresAt: null,
    tokens: null,
    isRenewable: false,
    generation: 0,
    renewal: null,
    authorizingUntil: null,
  })
}

export function client(patch: Partial<OAuthClientRecord> = {}): OAuthClientRecord {
  return {
    issuer: 'https://as.example/',
    redirectUri: 'http://127.0.0.1:4000/oauth/callback',
    information: new Sealed('v1.key.information'),
    createdAt: 1,
    ...patch,
  }
}

export function flow(serverId: ServerId, stateHash: string, patch: Partial<OAuthFlowRecord> = {}): OAuthFlowRecord {
  return {
    stateHash,
    serverId,
    serverUrl: 'https://mcp.example/mcp',
    actor: 'a key',
    browserHash: 'the hash of a cookie',
    redirectUri: 'http://127.0.0.1:4000/oauth/callback',
    endpoints,
    namesIssuer: true,
    resource: 'https://mcp.example/',
    scopes: ['read'],
    clientId: 'a client',
    registration: 'METADATA_DOCUMENT',
    secrets: new Sealed('v1.key.secrets'),
    createdAt: 1_000,
    expiresAt: 2_000,
    ...patch,
  }
}

/** The record with sealed members as their texts: comparisons of objects do not see into `Sealed`. */
export function shown(record: object | undefined): unknown {
  if (record === undefined) return undefined
  const members = Object.entries(record).map(([name, value]) => [name, value instanceof Sealed ? [value.text] : value])
  return Object.fromEntries(members)
}
