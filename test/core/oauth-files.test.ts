import { generateKeyPairSync } from 'node:crypto'
import { type AuthInput, type ClientFormatName, createRegistry, type OAuthInput, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const idp = { issuer: 'https://idp.example', clientId: 'there', idToken: 'the-id-token' }
const configs: Readonly<Record<string, OAuthInput>> = {
  bare: {},
  browser: {
    clientId: 'me',
    clientSecret: 'the-secret',
    scopes: ['a', 'b'],
    issuer: 'https://auth.example',
    dpop: true,
  },
  noScopes: { scopes: [] },
  machine: { grant: 'CLIENT_CREDENTIALS', clientId: 'me', privateKey: pem, signingAlgorithm: 'ES256' },
  jwt: { grant: 'JWT_BEARER', assertion: { env: 'ASSERTION' } },
  company: {
    grant: 'ENTERPRISE_MANAGED',
    clientId: 'me',
    idp: { ...idp, tokenEndpoint: 'https://idp.example/token?a=b', clientSecret: 'idp-secret' },
  },
}
const values: Readonly<Record<string, string | { readonly env: string }>> = {
  BROWSER_CLIENT_SECRET: 'the-secret',
  MACHINE_PRIVATE_KEY: pem,
  ASSERTION: { env: 'ASSERTION' },
  COMPANY_IDP_CLIENT_SECRET: 'idp-secret',
  COMPANY_IDP_ID_TOKEN: 'the-id-token',
}

const open = () => createRegistry({ secretEnv: { names: ['ASSERTION'], read: () => undefined } })

async function withServers(registry: Registry): Promise<void> {
  for (const [name, oauth] of Object.entries(configs)) {
    const auth: AuthInput = { oauth }
    const config = { transport: 'streamableHttp', serverUrl: `https://${name}.example/mcp`, auth } as const
    await registry.servers.create({ name, config, refresh: false })
  }
}

describe('an export of servers with OAuth', () => {
  it('as mcpServers is imported again with all of it, the secrets being variables', async () => {
    await using first = await open()
    await withServers(first)
    const exported = await first.servers.export({ format: 'MCP_SERVERS_JSON' })
    expect(exported.text).not.toMatch(/the-secret|PRIVATE KEY-|idp-secret|the-id-token/)
    expect(exported).toMatchObject({ omitted: [], skipped: [] })
    expect(exported.variables.map(({ name }) => name).toSorted()).toEqual(Object.keys(values).toSorted())
    await using second = await open()
    const report = await second.servers.import({ source: { text: exported.text, format: 'AUTO' }, variables: values })
    expect(report.entries.map(({ outcome, ignored }) => [outcome, ignored])).toEqual(
      Object.keys(configs).map(() => ['CREATED', []]),
    )
    // Given again with the same texts, nothing changes: all of it was restored.
    for (const [name, oauth] of Object.entries(configs)) {
      const server = await second.servers.getByName(name)
      if (!server) throw new Error('It was imported')
      const patch = { config: { transport: 'streamableHttp', auth: { oauth } } } as const
      expect({ name, ...(await second.servers.update(server.id, patch)) }).toMatchObject({ name, changed: false })
    }
    expect((await second.servers.export({ format: 'MCP_SERVERS_JSON' })).text).toBe(exported.text)
  })

  it.each([
    ['VSCODE_JSON', { bare: ['auth'], browser: ['auth.clientSecret', 'auth.scopes', 'auth.issuer', 'auth.dpop'] }],
    ['ZED_JSON', { bare: ['auth'], browser: ['auth.scopes', 'auth.issuer', 'auth.dpop'] }],
    ['CODEX_TOML', { bare: undefined, browser: ['auth.clientSecret', 'auth.issuer', 'auth.dpop'] }],
    ['GEMINI_JSON', { bare: undefined, browser: ['auth.dpop'] }],
    ['CONTINUE_YAML', { bare: ['auth'], browser: ['auth'] }],
    ['GOOSE_YAML', { bare: ['auth'], browser: ['auth'] }],
    ['LETTA_JSON', { bare: ['auth'], browser: ['auth'] }],
    ['SERVER_JSON', { bare: ['auth'], browser: ['auth'] }],
  ] as const)('as %s names what the format cannot say', async (format: ClientFormatName, omitted) => {
    await using registry = await open()
    await withServers(registry)
    const exported = await registry.servers.export({ format })
    const omittedOf = (name: string) => exported.omitted.find((each) => each.name === name)?.members
    expect({ bare: omittedOf('bare'), browser: omittedOf('browser') }).toEqual(omitted)
    for (const name of ['machine', 'jwt', 'company']) expect(omittedOf(name)).toEqual(['auth'])
    // What is written is read again.
    await using again = await open()
    const report = await again.servers.import({ source: { text: exported.text, format }, variables: values })
    expect(report.entries.map(({ outcome }) => outcome)).toEqual(Object.keys(configs).map(() => 'CREATED'))
    const { edges } = await again.servers.list()
    for (const { node } of edges) {
      const isLost = omittedOf(node.name)?.includes('auth') === true
      expect([node.name, node]).toMatchObject([node.name, { auth: isLost ? null : { type: 'OAUTH' } }])
    }
  })
})
