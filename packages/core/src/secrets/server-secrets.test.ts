import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId, defaultTenant, parseTenantId } from '../base/ids.ts'
import { isSameConfig, isSealed, mapSecrets, secretsOf } from '../model/config-secrets.ts'
import { plaintextLiteral, type SecretValue } from '../model/secret-value.ts'
import type { HttpConfig, ServerConfig } from '../model/server.ts'
import { openDefaultKeyRing } from '../registry/open-key-ring.ts'
import { memoryStorage } from '../storage/memory/memory-storage.ts'
import type { SecretSources } from './secret-sources.ts'
import { createServerSecrets } from './server-secrets.ts'

const noError = (error: unknown) => {
  throw error
}
const sources: SecretSources = { env: { names: ['E'], read: () => 'of E' }, provider: undefined, onError: noError }
const keyRing = await openDefaultKeyRing(await memoryStorage().open(), {}, undefined, noError)
const ofTenant = (tenant: string) => createServerSecrets(keyRing, sources, parseTenantId(tenant) ?? defaultTenant)
const { signal } = new AbortController()
const http = (token: string, headers: Record<string, string> = {}): HttpConfig => ({
  transport: 'sse',
  serverUrl: 'http://a/',
  auth: { type: 'HEADER', header: 'Authorization', token: plaintextLiteral(token) },
  headers: Object.entries(headers).map(([name, value]) => ({ name, value: plaintextLiteral(value) })),
})
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 50 })

describe('a sealed secret', () => {
  it('opens for its tenant, its server and its place, and for no other', async () => {
    const names = fc.uniqueArray(fc.constantFrom('default', 'a', 'b', 'a-b', 'a_b'), { minLength: 2, maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(text, text, names, async (one, other, tenants) => {
        const [first, second] = tenants.map(ofTenant)
        if (!first || !second) throw new Error('Two were asked for')
        const [id, otherId] = [createId('server'), createId('server')]
        const config: ServerConfig = {
          transport: 'stdio',
          command: 'x',
          args: [],
          cwd: null,
          env: [
            { name: 'A', value: plaintextLiteral(one) },
            { name: 'B', value: plaintextLiteral(other) },
          ],
        }
        const sealed = await first.seal(id, config)
        expect(isSealed(sealed)).toBe(true)
        expect(await first.unreadable(id, sealed)).toBeUndefined()
        expect(await second.unreadable(id, sealed)).toMatchObject({ code: 'SECRET_UNREADABLE' })
        expect(await first.unreadable(otherId, sealed)).toMatchObject({ code: 'SECRET_UNREADABLE' })
        const [a, b] = secretsOf(sealed)
        const swapped = mapSecrets(sealed, (value, place) => (place === a?.place ? (b?.value ?? value) : value))
        const error = await first.unreadable(id, swapped)
        expect(error?.message).toContain(`${id} in env:A (the variable A)`)
        const opened = await first.open(id, sealed, {}, signal)
        expect(opened.known).toEqual([one, other].map((each) => Buffer.from(each).toString()))
      }),
      { numRuns: 50 },
    )
  })

  it('is opened with its templates filled, and lists all values that must stay secret', async () => {
    const secrets = ofTenant('default')
    const id = createId('server')
    const sealed = await secrets.seal(id, http('t-{{ USER }}', { 'X-A': 'plain' }))
    const withEnv = mapSecrets(sealed, (value, place) => (place === 'auth' ? value : { source: 'ENV', name: 'E' }))
    const { config, known } = await secrets.open(id, withEnv, { variables: { USER: 'me', OTHER: 'x' } }, signal)
    expect(config).toMatchObject({
      headers: [
        { name: 'X-A', value: 'of E' },
        { name: 'Authorization', value: 'Bearer t-me' },
      ],
    })
    expect(known).toEqual(['of E', 't-me', 'me'])
  })

  it('stays as it was where it is given again, and is another where it is not', async () => {
    const secrets = ofTenant('default')
    const id = createId('server')
    const before = await secrets.seal(id, http('one', { 'X-A': 'a' }))
    const after = await secrets.seal(id, http('one', { 'X-A': 'b' }), before)
    const [headerBefore, tokenBefore] = secretsOf(before)
    const [headerAfter, tokenAfter] = secretsOf(after)
    expect(tokenAfter?.value).toBe(tokenBefore?.value)
    expect(headerAfter?.value).not.toBe(headerBefore?.value)
  })
})

describe("OAuth's secrets", () => {
  const oauth = (clientSecret: string, privateKey: SecretValue | null = null): HttpConfig => ({
    ...http(''),
    headers: [{ name: 'X-A', value: plaintextLiteral('for {{ USER }}') }],
    auth: {
      type: 'OAUTH',
      grant: 'CLIENT_CREDENTIALS',
      clientId: 'me',
      clientSecret: plaintextLiteral(clientSecret),
      privateKey,
      signingAlgorithm: null,
      scopes: null,
      issuer: null,
      assertion: null,
      idp: null,
      dpop: false,
    },
  })
  const secrets = ofTenant('default')
  const id = createId('server')

  it('have no templates and no hint, and a connection opens none of them', async () => {
    const sealed = await secrets.seal(
      id,
      oauth('a secret of {{ USER }} and more', { source: 'ENV', name: 'NOT_ALLOWED' }),
    )
    expect(isSealed(sealed)).toBe(true)
    const clientSecret = secretsOf(sealed).find(({ place }) => place === 'oauth:clientSecret')
    expect(clientSecret?.value).toMatchObject({ variables: [], hint: null })
    const { config, known } = await secrets.open(id, sealed, { variables: { USER: 'you' } }, signal)
    expect(config).toMatchObject({ headers: [{ name: 'X-A', value: 'for you' }] })
    expect(known).toEqual(['for you', 'you'])
    if (!clientSecret) throw new Error('It was set')
    expect(await secrets.read(id, clientSecret, signal)).toBe('a secret of {{ USER }} and more')
  })

  it('stay as they were if they are given again', async () => {
    const before = await secrets.seal(id, oauth('one'))
    expect(isSameConfig(await secrets.seal(id, oauth('one'), before), before)).toBe(true)
    expect(isSameConfig(await secrets.seal(id, oauth('two'), before), before)).toBe(false)
  })

  it('are named in errors', async () => {
    const sealed = await secrets.seal(id, oauth('one', { source: 'ENV', name: 'E' }))
    const elsewhere = await secrets.unreadable(
      createId('server'),
      mapSecrets(sealed, (value, place) => (place === 'header:x-a' ? { source: 'ENV', name: 'E' } : value)),
    )
    expect(elsewhere?.message).toContain('in oauth:clientSecret (the OAuth client secret) cannot be read')
    const refused = () =>
      secrets.assertSources(oauth('one', { source: 'ENV', name: 'OTHER' }), undefined, ({ place }) => [place])
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path: ['oauth:privateKey', 'env'] }))
    const empty = createServerSecrets(keyRing, { ...sources, env: { names: ['E'], read: () => ' ' } }, defaultTenant)
    const [key] = secretsOf(sealed).filter(({ place }) => place === 'oauth:privateKey')
    if (!key) throw new Error('It was set')
    await expect(empty.read(id, key, signal)).rejects.toThrow(
      'in oauth:privateKey (the OAuth private key) cannot be read: expected a secret, got an empty one',
    )
  })
})
