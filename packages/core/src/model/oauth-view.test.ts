import { describe, expect, it } from 'vitest'
import { createId } from '../base/ids.ts'
import type { OAuthConfig, OAuthGrantRecord } from './oauth.ts'
import { toOAuthAuth } from './oauth-view.ts'

const config: OAuthConfig = {
  type: 'OAUTH',
  grant: 'AUTHORIZATION_CODE',
  clientId: null,
  clientSecret: null,
  privateKey: null,
  signingAlgorithm: null,
  scopes: ['configured'],
  issuer: null,
  assertion: null,
  idp: null,
  dpop: false,
}
const now = 1_000_000
const grant: OAuthGrantRecord = {
  serverId: createId('server'),
  version: 1,
  state: 'CONNECTED',
  reason: null,
  serverUrl: 'https://a.example/mcp',
  endpoints: {
    issuer: 'https://auth.example',
    tokenEndpoint: 'https://auth.example/token',
    revocationEndpoint: null,
    clientAuthMethods: [],
  },
  pinned: null,
  resourceMetadataUrl: null,
  resource: 'https://a.example/mcp',
  clientId: 'registered',
  registration: 'DYNAMIC',
  redirectUri: 'http://127.0.0.1/callback',
  scopes: ['a'],
  requestedScopes: ['b'],
  stepUps: 0,
  refusedGeneration: null,
  connectedAt: now,
  issuedAt: now,
  expiresAt: now + 1,
  tokens: null,
  isRenewable: false,
  generation: 1,
  renewal: null,
  authorizingUntil: null,
  updatedAt: now,
}
const unconnected = { ...grant, state: 'NOT_CONNECTED', expiresAt: null } as const

describe('the status of OAuth', () => {
  it.each([
    ['NOT_CONNECTED', undefined],
    ['NOT_CONNECTED', unconnected],
    ['AUTHORIZING', { ...unconnected, authorizingUntil: now + 1 }],
    ['NOT_CONNECTED', { ...unconnected, authorizingUntil: now }],
    ['CONNECTED', grant],
    ['CONNECTED', { ...grant, authorizingUntil: now + 1 }],
    ['CONNECTED', { ...grant, expiresAt: null }],
    ['EXPIRED', { ...grant, expiresAt: now, isRenewable: true }],
    ['REAUTH_REQUIRED', { ...grant, expiresAt: now }],
  ] as const)('is %s', (status, record) => {
    expect(toOAuthAuth(config, record, now).status).toBe(status)
  })

  it.each(['CLIENT_CREDENTIALS', 'JWT_BEARER', 'ENTERPRISE_MANAGED'] as const)(
    'is EXPIRED if %s gets another token without the owner',
    (kind) => {
      expect(toOAuthAuth({ ...config, grant: kind }, { ...grant, expiresAt: now }, now).status).toBe('EXPIRED')
    },
  )

  it('says why only the owner can go on', () => {
    const refused = { ...grant, state: 'REAUTH_REQUIRED', reason: 'the refresh token was revoked' } as const
    expect(toOAuthAuth(config, refused, now)).toMatchObject({ status: 'REAUTH_REQUIRED', reason: refused.reason })
    expect(toOAuthAuth(config, { ...grant, expiresAt: now }, now).reason).toContain('has expired')
    expect(toOAuthAuth(config, grant, now).reason).toBeNull()
  })
})

it('shows what was granted, and no token', () => {
  expect(toOAuthAuth(config, grant, now)).toEqual({
    type: 'OAUTH',
    grant: 'AUTHORIZATION_CODE',
    status: 'CONNECTED',
    reason: null,
    issuer: 'https://auth.example',
    clientId: 'registered',
    clientRegistration: 'DYNAMIC',
    scopes: ['a'],
    requestedScopes: ['b'],
    expiresAt: new Date(now + 1),
  })
  expect(toOAuthAuth({ ...config, clientId: 'by hand' }, undefined, now)).toMatchObject({
    clientId: 'by hand',
    clientRegistration: 'PRE_REGISTERED',
    issuer: null,
    scopes: [],
    expiresAt: null,
  })
})
