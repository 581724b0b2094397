import { describe, expect, it } from 'vitest'
import { emptyDraft, type ServerDraft, toUpdateInput } from './server-draft.ts'

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
    const http: ServerDraft = {
      ...emptyDraft,
      transport: 'streamableHttp',
      serverUrl: 'https://a.example',
      storedTransport: 'streamableHttp',
      storedToken: { header: 'Authorization', from: 'literal', value: '' },
    }
    const configOf = (now: Partial<ServerDraft>) => toUpdateInput('mcps_1', 1, http, { ...http, ...now }).config
    expect(configOf({})).not.toHaveProperty('streamableHttp.auth')
    expect(configOf({ isTokenRemoved: true })).toHaveProperty('streamableHttp.auth', null)
    expect(configOf({ token: 't' })).toHaveProperty('streamableHttp.auth.header.token.literal', 't')
    // The API rejects this at the token.
    expect(configOf({ authHeader: 'X-Key' })).toHaveProperty('streamableHttp.auth.header.token.literal', '')
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

  it('keeps the protocol era until the user chooses another', () => {
    const now: ServerDraft = { ...before, protocolEra: undefined }
    expect(toUpdateInput('mcps_1', 1, before, now)).not.toHaveProperty('protocolEra')
    expect(toUpdateInput('mcps_1', 1, before, { ...now, protocolEra: 'LEGACY' })).toMatchObject({
      protocolEra: 'LEGACY',
    })
  })
})
