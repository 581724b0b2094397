import { type AuthInput, createRegistry, type OAuthInput } from '@toolyard/core'
import { describe, expect, it } from 'vitest'

const http = { transport: 'streamableHttp', serverUrl: 'https://a.example/mcp' } as const
const oauth = { clientId: 'me', clientSecret: 'the-secret' }
const refused = (path: string) => ({ code: 'INVALID_INPUT', path: path.split('.') })

describe('a server with OAuth', () => {
  it('is not connected at first, and shows no secret', async () => {
    await using registry = await createRegistry()
    const config = { ...http, auth: { oauth: { ...oauth, scopes: ['a'] } } }
    const created = await registry.servers.create({ name: 'a', config, refresh: false })
    const auth = { type: 'OAUTH', status: 'NOT_CONNECTED', clientId: 'me', clientRegistration: 'PRE_REGISTERED' }
    expect(created).toMatchObject({ auth, variables: [] })
    for (const view of [await registry.servers.get(created.id), await registry.servers.getByName('a')]) {
      expect(view).toEqual(created)
    }
    const { edges } = await registry.servers.list()
    expect(edges.map(({ node }) => node)).toEqual([created])
    expect((await registry.servers.getMany([created.id])).get(created.id)).toEqual(created)
    expect(JSON.stringify(edges)).not.toContain('the-secret')
  })

  it('keeps its secrets if they are given again, and loses OAuth with null or a header', async () => {
    await using registry = await createRegistry()
    const { id } = await registry.servers.create({ name: 'a', config: { ...http, auth: { oauth } }, refresh: false })
    const patch = (auth: AuthInput | null) =>
      registry.servers.update(id, { config: { transport: 'streamableHttp', auth } })
    expect(await patch({ oauth })).toMatchObject({ changed: false, server: { revision: 1 } })
    expect(await patch({ oauth: { ...oauth, clientSecret: 'another' } })).toMatchObject({ changed: true })
    const replaced = await patch({ oauth: { issuer: 'https://auth.example' } })
    expect(replaced).toMatchObject({ changed: true, server: { auth: { clientId: null, clientRegistration: null } } })
    expect(await patch({ token: 't' })).toMatchObject({ server: { auth: { type: 'HEADER' } } })
    await patch({ oauth })
    expect(await patch(null)).toMatchObject({ server: { auth: null } })
  })

  it('is an event of the feed with the state of its connection', async () => {
    await using registry = await createRegistry()
    const events = registry.events()
    await registry.servers.create({ name: 'a', config: { ...http, auth: { oauth } }, refresh: false })
    const { value } = await events.next()
    expect(value).toMatchObject({ server: { auth: { type: 'OAUTH', status: 'NOT_CONNECTED' } } })
    await events.return?.()
  })

  it.each(['Authorization', 'authorization'])('has no header %s of its own', async (name) => {
    await using registry = await createRegistry()
    const create = (config: { readonly auth?: AuthInput; readonly customHeaders: Record<string, string> }) =>
      registry.servers.create({ name: 'a', config: { ...http, ...config }, refresh: false })
    const both = create({ auth: { oauth }, customHeaders: { [name]: 'the-secret' } })
    await expect(both).rejects.toMatchObject(refused(`config.customHeaders.${name}`))
    await expect(both).rejects.not.toThrow('the-secret')
    const { id } = await create({ customHeaders: { [name]: 'x' } })
    const withOAuth = registry.servers.update(id, { config: { transport: 'streamableHttp', auth: { oauth } } })
    await expect(withOAuth).rejects.toMatchObject(refused('config.auth.oauth'))
    const replaced = { transport: 'streamableHttp', auth: { oauth }, unsetHeaders: [name] } as const
    await registry.servers.update(id, { config: replaced })
    const again = registry.servers.update(id, { config: { transport: 'streamableHttp', setHeaders: { [name]: 'x' } } })
    await expect(again).rejects.toMatchObject(refused(`config.setHeaders.${name}`))
  })

  it.each([
    ['issuer', { issuer: 'https://10.0.0.1/' }],
    ['idp.issuer', { idp: { issuer: 'https://10.0.0.1/', clientId: 'a', idToken: 'a' } }],
    [
      'idp.tokenEndpoint',
      { idp: { issuer: 'https://idp.example', tokenEndpoint: 'https://10.0.0.1/', clientId: 'a', idToken: 'a' } },
    ],
  ])('may not have its %s where the network policy forbids it', async (path, change: OAuthInput) => {
    await using registry = await createRegistry({ network: ['public'] })
    const grant = change.idp ? 'ENTERPRISE_MANAGED' : 'AUTHORIZATION_CODE'
    const auth = { oauth: { ...oauth, grant, ...change } } as const
    const creating = registry.servers.create({ name: 'a', config: { ...http, auth }, refresh: false })
    await expect(creating).rejects.toMatchObject({ code: 'URL_BLOCKED', path: `config.auth.oauth.${path}`.split('.') })
  })

  it('may only name secret sources that the registry reads', async () => {
    await using registry = await createRegistry()
    const auth = { oauth: { clientId: 'me', privateKey: { env: 'KEY' } } }
    const creating = registry.servers.create({ name: 'a', config: { ...http, auth }, refresh: false })
    await expect(creating).rejects.toMatchObject(refused('config.auth.oauth.privateKey.env'))
  })
})
