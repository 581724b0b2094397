import { describe, expect, it } from 'vitest'
import {
  connectionSecretsOf,
  fromConfigText,
  isSameConfig,
  isSealed,
  mapSecrets,
  secretsOf,
  toConfigText,
} from './config-secrets.ts'
import type { OAuthConfig } from './oauth.ts'
import { Sealed } from './secret.ts'
import { plaintextLiteral, type SealedLiteral } from './secret-value.ts'
import type { HttpConfig } from './server.ts'

const sealed = (text: string): SealedLiteral => ({
  source: 'LITERAL',
  sealed: new Sealed(text),
  variables: [],
  hint: null,
})
const header: HttpConfig = {
  transport: 'streamableHttp',
  serverUrl: 'https://a.example/mcp',
  auth: { type: 'HEADER', header: 'Authorization', token: sealed('v1.a.b') },
  headers: [{ name: 'X-A', value: sealed('v1.c.d') }],
}
const auth: OAuthConfig = {
  type: 'OAUTH',
  grant: 'ENTERPRISE_MANAGED',
  clientId: 'me',
  clientSecret: sealed('v1.secret.x'),
  privateKey: { source: 'ENV', name: 'KEY' },
  signingAlgorithm: 'ES256',
  scopes: ['a', 'b'],
  issuer: 'https://auth.example',
  assertion: sealed('v1.assertion.x'),
  idp: {
    issuer: 'https://idp.example',
    tokenEndpoint: null,
    clientId: 'there',
    clientSecret: { source: 'PROVIDER', reference: 'r' },
    idToken: sealed('v1.idToken.x'),
  },
  dpop: true,
}
const oauth: HttpConfig = { ...header, auth }
const bare: HttpConfig = {
  ...header,
  auth: { ...auth, clientSecret: null, privateKey: null, assertion: null, idp: null },
}

describe('the stored form', () => {
  it('of header auth is as the previous version wrote it, and reads it', () => {
    const stored = {
      transport: 'streamableHttp',
      serverUrl: 'https://a.example/mcp',
      auth: { header: 'Authorization', token: { sealed: 'v1.a.b' } },
      headers: [{ name: 'X-A', value: { sealed: 'v1.c.d' } }],
    }
    expect(JSON.parse(toConfigText(header))).toEqual(stored)
    expect(toConfigText(fromConfigText(JSON.stringify(stored)))).toBe(toConfigText(header))
    expect(fromConfigText(JSON.stringify(stored))).toMatchObject({ auth: { type: 'HEADER', header: 'Authorization' } })
  })

  it.each([oauth, bare, { ...header, auth: null }])('is read as it was written', (config) => {
    const read = fromConfigText(toConfigText(config))
    expect(isSameConfig(read, config)).toBe(true)
    expect(toConfigText(read)).toBe(toConfigText(config))
    expect(Object.keys(read)).toEqual(['transport', 'serverUrl', 'auth', 'headers'])
  })

  it('of OAuth is a server without auth to the previous version, which keeps the member that it does not know', () => {
    const stored = JSON.parse(toConfigText(oauth))
    expect(stored).toMatchObject({
      auth: null,
      oauth: { clientId: 'me', idp: { idToken: { sealed: 'v1.idToken.x' } } },
    })
    // As its `mapSecrets` and `toConfigText` do, which spread what they read.
    const rewritten = { ...stored, auth: stored.auth && { ...stored.auth }, headers: stored.headers }
    expect(isSameConfig(fromConfigText(JSON.stringify(rewritten)), oauth)).toBe(true)
  })

  it('of OAuth with a header that a node of the previous version set is header auth', () => {
    const stored = { ...JSON.parse(toConfigText(oauth)), auth: { header: 'X', token: { env: 'T' } } }
    expect(fromConfigText(JSON.stringify(stored))).toMatchObject({ auth: { type: 'HEADER', header: 'X' } })
  })

  it('has no plaintext', () => {
    for (const { place } of secretsOf(oauth)) {
      const open = mapSecrets(oauth, (value, at) => (at === place ? plaintextLiteral('secret') : value))
      expect(isSealed(open), place).toBe(false)
      expect(() => toConfigText(open), place).toThrow('A plaintext secret reached the storage')
    }
  })
})

describe('the secrets of OAuth', () => {
  it('are listed after those of the connection, which leaves them out', () => {
    expect(secretsOf(oauth).map(({ place }) => place)).toEqual([
      'header:x-a',
      'oauth:clientSecret',
      'oauth:privateKey',
      'oauth:assertion',
      'oauth:idp.clientSecret',
      'oauth:idp.idToken',
    ])
    expect(connectionSecretsOf(oauth).map(({ place }) => place)).toEqual(['header:x-a'])
    expect(secretsOf(bare)).toEqual(connectionSecretsOf(bare))
  })

  it('are replaced each in its place', () => {
    const named = mapSecrets(oauth, (_, place) => ({ source: 'ENV', name: place }))
    expect(secretsOf(named).map(({ place, value }) => [place, value])).toEqual(
      secretsOf(oauth).map(({ place }) => [place, { source: 'ENV', name: place }]),
    )
    expect(isSameConfig(named, oauth)).toBe(false)
  })
})
