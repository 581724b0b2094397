import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectionSecretsOf } from './config-secrets.ts'
import type { OAuthConfig } from './oauth.ts'
import {
  assertContext,
  type CallerContext,
  configFingerprint,
  configVariables,
  resolveConfig,
  sessionKey,
} from './resolve-config.ts'
import { plaintextLiteral } from './secret-value.ts'
import { type HttpConfig, neverConnected, type ServerConfig, type ServerRecord, type StdioConfig } from './server.ts'
import { fillTemplates } from './templates.ts'

/** Resolves as a dial does, with plaintext literals. */
function resolve(config: ServerConfig, context: CallerContext) {
  assertContext(config, context)
  const plaintext = connectionSecretsOf(config).map(({ place, value }) => {
    const text = value.source === 'LITERAL' && 'plaintext' in value ? value.plaintext.reveal() : ''
    return [place, fillTemplates(text, context.variables ?? {})] as const
  })
  return resolveConfig(config, new Map(plaintext), context)
}

const stdio = (args: readonly string[]): StdioConfig => ({ transport: 'stdio', command: 'x', args, env: [], cwd: null })
const http: HttpConfig = {
  transport: 'sse',
  serverUrl: 'http://a/',
  auth: { type: 'HEADER', header: 'Authorization', token: plaintextLiteral('{{ TOKEN }}') },
  headers: [{ name: 'X-A', value: plaintextLiteral('{{A|x}}-{{ B | }}') }],
}

describe('templates', () => {
  it('without a default are required, each named once', () => {
    expect(configVariables(stdio(['{{ A }}{{A | a}}', '{{ B | b }}', '{{C.d-e}}']))).toEqual([
      { name: 'A', isRequired: true },
      { name: 'B', isRequired: false },
      { name: 'C.d-e', isRequired: true },
    ])
    expect(() => resolve(http, {})).toThrow('needs a value for {{ TOKEN }}')
  })

  it('are filled from variables or their default, and values are not filled again', () => {
    const resolved = resolve(stdio(['{{ A }} {{ B | b c }} {{ constructor | none }}']), {
      variables: { A: '{{ B }}' },
    })
    expect(resolved).toMatchObject({ args: ['{{ B }} b c none'] })
  })

  it('leave every other text as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{'))
        expect(resolve(stdio([text]), {})).toMatchObject({ args: [text] })
      }),
    )
  })

  it('make no header that HTTP forbids, and the message does not quote it', () => {
    const inject = () => resolve(http, { variables: { TOKEN: 'secret\r\nX-Evil: 1' } })
    expect(inject).toThrow('The header Authorization would get a value that HTTP forbids')
    expect(inject).not.toThrow('secret')
    expect(() => resolve(http, { variables: { TOKEN: 'a' }, agentId: 'a\nb' })).toThrow('The header X-Agent-Id')
  })

  it('give a child no NUL character', () => {
    expect(() => resolve(stdio(['{{ A }}']), { variables: { A: 'secret\0' } })).toThrow('A: expected no NUL character')
  })
})

describe('the token', () => {
  it.each([
    ['abc', 'Bearer abc'],
    ['Bearer abc', 'Bearer abc'],
    ['Basic dXNlcg==', 'Basic dXNlcg=='],
  ])('%s is sent as %s', (token, value) => {
    expect(
      resolve({ ...http, auth: { type: 'HEADER', header: 'authorization', token: plaintextLiteral(token) } }, {}),
    ).toMatchObject({
      headers: [{}, { name: 'authorization', value }],
    })
  })

  it('in a header of its own is sent as it is', () => {
    expect(
      resolve({ ...http, auth: { type: 'HEADER', header: 'X-Key', token: plaintextLiteral('abc') } }, {}),
    ).toMatchObject({
      headers: [{}, { value: 'abc' }],
    })
  })
})

describe('the key of a session', () => {
  // Of a record, what the key is made of.
  const record = (config: ServerConfig, revision = 1) =>
    ({ id: 'mcps_1', revision, config, state: neverConnected }) as ServerRecord
  const key = (context: CallerContext) => sessionKey(record(http), context)

  it('differs with what the templates use, the agent and the revision, and with nothing else', () => {
    const plain = key({ variables: { TOKEN: 'a' } })
    expect(key({ variables: { TOKEN: 'a', OTHER: 'x' }, timeouts: { connectMs: 1 } })).toBe(plain)
    expect(key({ variables: { OTHER: 'x', TOKEN: 'a' } })).toBe(plain)
    expect(plain).not.toContain('a"')
    const others = [
      key({ variables: { TOKEN: 'b' } }),
      key({ variables: { TOKEN: 'a', A: 'x' } }),
      key({ variables: { TOKEN: 'a', B: 'x' } }),
      key({ variables: { TOKEN: 'a' }, agentId: 'me' }),
      sessionKey(record(http, 2), { variables: { TOKEN: 'a' } }),
    ]
    expect(new Set([plain, ...others]).size).toBe(others.length + 1)
  })

  it('is the same for every agent of a stdio server, which is not told of them', () => {
    expect(sessionKey(record(stdio([])), { agentId: 'me' })).toBe(sessionKey(record(stdio([])), {}))
  })
})

describe('the fingerprint', () => {
  it('does not change with a secret, and does with anything else', () => {
    const print = configFingerprint(http)
    expect(
      configFingerprint({
        ...http,
        auth: { type: 'HEADER', header: 'Authorization', token: plaintextLiteral('other') },
      }),
    ).toBe(print)
    expect(configFingerprint({ ...http, headers: [{ name: 'X-A', value: plaintextLiteral('other') }] })).toBe(print)
    expect(configFingerprint({ ...http, serverUrl: 'http://b/' })).not.toBe(print)
    expect(configFingerprint({ ...http, headers: [{ name: 'X-B', value: plaintextLiteral('other') }] })).not.toBe(print)
  })
})

describe('a configuration with OAuth', () => {
  const auth: OAuthConfig = {
    type: 'OAUTH',
    grant: 'AUTHORIZATION_CODE',
    clientId: 'me',
    clientSecret: plaintextLiteral('{{ NO_TEMPLATE }}'),
    privateKey: null,
    signingAlgorithm: null,
    scopes: ['a'],
    issuer: null,
    assertion: null,
    idp: null,
    dpop: false,
  }
  const oauth: HttpConfig = { ...http, auth }

  it('has no variables in its secrets, and sends no header of them', () => {
    expect(configVariables(oauth)).toEqual([
      { name: 'A', isRequired: false },
      { name: 'B', isRequired: false },
    ])
    expect(resolve(oauth, {})).toMatchObject({ headers: [{ name: 'X-A', value: 'x-' }] })
  })

  it('has a fingerprint of everything but the values of its secrets', () => {
    const print = (change: Partial<OAuthConfig>) => configFingerprint({ ...oauth, auth: { ...auth, ...change } })
    expect(print({ clientSecret: plaintextLiteral('other') })).toBe(print({}))
    const others = [
      configFingerprint({ ...oauth, auth: null }),
      print({}),
      print({ clientSecret: null }),
      print({ scopes: ['b'] }),
      print({ clientId: 'you' }),
      print({ issuer: 'https://a.example' }),
      print({ dpop: true }),
    ]
    expect(new Set(others).size).toBe(others.length)
  })
})
