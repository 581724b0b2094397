import { describe, expect, it } from 'vitest'
import { type AuthDraft, authDraftOf, emptyAuth } from './auth-draft.ts'
import { emptyOAuth, type OAuthDraft, toOAuthInput } from './oauth-draft.ts'
import { changesConnection, emptyDraft, type ServerDraft, type Transport, toUpdateInput } from './server-draft.ts'

function patchOf(auth: AuthDraft, part: Partial<AuthDraft>, transport: Transport = 'streamableHttp') {
  const before: ServerDraft = {
    ...emptyDraft,
    transport: 'streamableHttp',
    serverUrl: 'https://a.example',
    storedTransport: 'streamableHttp',
    auth,
  }
  return toUpdateInput('mcps_1', 1, before, { ...before, transport, auth: { ...auth, ...part } }).config
}

describe('an update of a server', () => {
  const stored = { key: 0, name: 'KEPT', value: '', from: 'literal', stored: { from: 'literal', value: '' } } as const
  const before: ServerDraft = {
    ...emptyDraft,
    name: 'one',
    storedTransport: 'stdio',
    command: 'npx',
    env: [stored, { ...stored, key: 1, name: 'GONE' }, { ...stored, key: 2, name: 'NEW_VALUE' }],
  }

  it('keeps stored secrets, unless another value is given or they are removed', () => {
    const now: ServerDraft = {
      ...before,
      env: [
        stored,
        { ...stored, key: 2, name: 'NEW_VALUE', value: 'secret' },
        { key: 3, name: 'ADDED', value: 'HOME', from: 'env', stored: undefined },
      ],
    }
    expect(toUpdateInput('mcps_1', 3, before, now)).toMatchObject({
      expectedRevision: 3,
      config: {
        stdio: {
          setEnv: [
            { name: 'NEW_VALUE', value: { literal: 'secret' } },
            { name: 'ADDED', value: { env: 'HOME' } },
          ],
          unsetEnv: ['GONE'],
        },
      },
    })
  })

  it('replaces the configuration if the transport changes', () => {
    const now: ServerDraft = { ...before, transport: 'sse', serverUrl: 'https://a.example/sse' }
    expect(toUpdateInput('mcps_1', 1, before, now).config).toEqual({
      replace: { sse: { serverUrl: 'https://a.example/sse', auth: null, customHeaders: [] } },
    })
  })

  it('keeps, changes or removes the token', () => {
    const token = { from: 'literal', value: '' } as const
    const auth: AuthDraft = { ...emptyAuth, kind: 'header', stored: { kind: 'header', header: 'Authorization', token } }
    expect(patchOf(auth, {})).not.toHaveProperty('streamableHttp.auth')
    expect(patchOf(auth, { kind: 'none' })).toHaveProperty('streamableHttp.auth', null)
    expect(patchOf(auth, { token: { ...token, value: 't' } })).toHaveProperty(
      'streamableHttp.auth.header.token.literal',
      't',
    )
    // The API rejects this at the token.
    expect(patchOf(auth, { header: 'X-Key' })).toHaveProperty('streamableHttp.auth.header.token.literal', '')
  })

  it('keeps stored OAuth until the user replaces it, and sends it along to another transport', () => {
    const stored = { grant: 'AUTHORIZATION_CODE', clientId: 'by-hand', clientRegistration: 'PRE_REGISTERED' } as const
    const auth = authDraftOf({ __typename: 'OAuthAuth', ...stored })
    expect(patchOf(auth, {})).not.toHaveProperty('streamableHttp.auth')
    expect(patchOf(auth, { isOAuthReplaced: true })).toHaveProperty('streamableHttp.auth.oauth.clientId', 'by-hand')
    expect(patchOf(auth, { kind: 'none' })).toHaveProperty('streamableHttp.auth', null)
    expect(patchOf(auth, {}, 'sse')).toMatchObject({
      replace: { sse: { auth: { oauth: { grant: 'AUTHORIZATION_CODE', clientId: 'by-hand' } } } },
    })
  })

  it('shows no client id that toolyard got by itself, which would have to be registered by hand', () => {
    const stored = { grant: 'AUTHORIZATION_CODE', clientId: 'dynamic', clientRegistration: 'DYNAMIC' } as const
    expect(authDraftOf({ __typename: 'OAuthAuth', ...stored }).oauth.clientId).toBe('')
  })

  it('sends only what belongs to the grant', () => {
    const oauth: OAuthDraft = {
      ...emptyOAuth,
      clientId: ' me ',
      clientSecret: { from: 'env', value: 'SECRET' },
      scopes: ['a', 'b'],
      assertion: { from: 'literal', value: 'asserted' },
      idpIssuer: 'https://idp.example',
      signingAlgorithm: 'ES256',
    }
    expect(toOAuthInput(oauth)).toEqual({
      grant: 'AUTHORIZATION_CODE',
      clientId: 'me',
      clientSecret: { env: 'SECRET' },
      privateKey: null,
      signingAlgorithm: null,
      scopes: ['a', 'b'],
      issuer: null,
      assertion: null,
      idp: null,
      dpop: false,
    })
    expect(toOAuthInput({ ...oauth, grant: 'JWT_BEARER' })).toMatchObject({ assertion: { literal: 'asserted' } })
    expect(toOAuthInput({ ...oauth, grant: 'ENTERPRISE_MANAGED' })).toMatchObject({
      assertion: null,
      idp: { issuer: 'https://idp.example', tokenEndpoint: null, clientSecret: null, idToken: { literal: '' } },
    })
  })

  it('sends a referenced secret only if its source changes', () => {
    const read = { key: 4, name: 'READ', value: 'HOME', from: 'env', stored: { from: 'env', value: 'HOME' } } as const
    const sent = (now: Partial<typeof read> | { readonly from: 'provider'; readonly value: string }) => {
      return toUpdateInput('mcps_1', 1, before, { ...before, env: [stored, { ...read, ...now }] }).config
    }
    expect(sent({})).toHaveProperty('stdio.setEnv', [])
    expect(sent({ from: 'provider', value: 'vault/home' })).toHaveProperty('stdio.setEnv', [
      { name: 'READ', value: { provider: 'vault/home' } },
    ])
  })

  it('changes the connection by command, limits or protocol, and not by words', () => {
    expect(changesConnection(before, { ...before, command: 'uvx' })).toBe(true)
    expect(changesConnection(before, { ...before, timeouts: { ...before.timeouts, connect: 5 } })).toBe(true)
    expect(changesConnection(before, { ...before, protocolEra: 'LEGACY' })).toBe(true)
    expect(changesConnection(before, { ...before, name: 'two', description: 'other', labels: ['a'] })).toBe(false)
    expect(toUpdateInput('mcps_1', 1, before, { ...before, protocolEra: 'LEGACY' }).protocolEra).toBe('LEGACY')
  })
})
