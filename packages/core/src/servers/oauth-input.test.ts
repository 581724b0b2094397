import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRegistryError, type RegistryError } from '../base/errors.ts'
import { secretsOf } from '../model/config-secrets.ts'
import type { OAuthConfig } from '../model/oauth.ts'
import type { ServerConfig } from '../model/server.ts'
import { parseCreateInput, toServerConfig } from './input.ts'

const config = (auth: unknown) => ({ transport: 'streamableHttp', serverUrl: 'https://a.example/mcp', auth })

function parsed(auth: unknown, transport = 'streamableHttp'): ServerConfig {
  return toServerConfig(parseCreateInput({ name: 'a', config: { ...config(auth), transport } }).config)
}

function parsedOAuth(oauth: unknown): OAuthConfig {
  const { auth } = parsed({ oauth }) as Extract<ServerConfig, { readonly serverUrl: string }>
  if (auth?.type !== 'OAUTH') throw new Error('expected OAuth')
  return auth
}

function refusal(auth: unknown): RegistryError {
  try {
    parsed(auth)
  } catch (error) {
    if (isRegistryError(error, 'INVALID_INPUT')) return error
    throw error
  }
  throw new Error('It was accepted')
}

const pem = (kind: 'ec' | 'rsa') => {
  const { privateKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2_048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
const [ecKey, rsaKey] = [pem('ec'), pem('rsa')]
const idp = { issuer: 'https://idp.example', clientId: 'there', idToken: 'the-id-token' }
const withSecret = { clientId: 'me', clientSecret: 'the-secret' }
const machine = { grant: 'CLIENT_CREDENTIALS', ...withSecret }

describe('OAuth of a server', () => {
  it('needs no member: then the client is known by its document or registers itself', () => {
    expect(parsedOAuth({})).toEqual({
      type: 'OAUTH',
      grant: 'AUTHORIZATION_CODE',
      clientId: null,
      clientSecret: null,
      privateKey: null,
      signingAlgorithm: null,
      scopes: null,
      issuer: null,
      assertion: null,
      idp: null,
      dpop: false,
    })
    expect(parsed({ oauth: {} }, 'sse')).toMatchObject({ transport: 'sse', auth: { type: 'OAUTH' } })
  })

  it.each([
    ['a client of its own', { ...withSecret, scopes: ['b', 'a', 'b'], issuer: 'https://auth.example/t' }],
    ['a loopback issuer', { issuer: 'http://127.0.0.1:8080/', dpop: true }],
    ['an IPv6 loopback issuer', { issuer: 'http://[::1]:8080' }],
    ['a localhost issuer', { issuer: 'http://localhost:8080' }],
    ['no scopes at all', { scopes: [] }],
    ['client credentials', machine],
    ['a signed client', { grant: 'CLIENT_CREDENTIALS', clientId: 'me', privateKey: ecKey, signingAlgorithm: 'ES256' }],
    ['a key that is read later', { clientId: 'me', privateKey: { env: 'KEY' }, signingAlgorithm: 'RS256' }],
    ['an assertion without a client', { grant: 'JWT_BEARER', assertion: 'the-assertion' }],
    ['an identity provider', { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp }],
    [
      'an identity provider with its endpoint',
      {
        grant: 'ENTERPRISE_MANAGED',
        clientId: 'me',
        idp: { ...idp, tokenEndpoint: 'https://idp.example/token?tenant=1', clientSecret: { provider: 'r' } },
      },
    ],
    ['members that are null', { clientId: null, scopes: null, issuer: null, idp: null, privateKey: null }],
  ])('may have %s', (_, oauth: Readonly<Record<string, unknown>>) => {
    const read = parsedOAuth(oauth)
    for (const name of ['grant', 'clientId', 'signingAlgorithm', 'issuer', 'dpop'] as const) {
      if (oauth[name] !== undefined) expect(read).toHaveProperty(name, oauth[name])
    }
    const secrets = ['clientSecret', 'privateKey', 'assertion'] as const
    expect(secrets.filter((name) => read[name] !== null)).toEqual(secrets.filter((name) => oauth[name] != null))
  })

  it('asks for each scope once, in the order given; no list leaves the scopes to the server', () => {
    expect(parsedOAuth({ scopes: ['b', 'a', 'b'] }).scopes).toEqual(['b', 'a'])
    expect(parsedOAuth({ scopes: [] }).scopes).toEqual([])
    expect(parsedOAuth({ scopes: null }).scopes).toBeNull()
  })

  it('has its secrets wrapped, so that nothing prints them', () => {
    const oauth = { grant: 'ENTERPRISE_MANAGED', ...withSecret, idp: { ...idp, clientSecret: 'idp-secret' } }
    const read = parsed({ oauth })
    expect(secretsOf(read).map(({ place }) => place)).toEqual([
      'oauth:clientSecret',
      'oauth:idp.clientSecret',
      'oauth:idp.idToken',
    ])
    expect(JSON.stringify(read)).not.toMatch(/the-secret|idp-secret|the-id-token/)
  })

  it.each([
    ['', { token: 't', oauth: {} }, /expected either \{ token \} or \{ oauth \}, got both/],
    ['', { header: 'X', oauth: {} }, /got both/],
    ['', {}, /got neither/],
    ['', { header: 'X' }, /got neither/],
    ['', { oauth: null }, /got neither/],
    ['', { oauth: {}, more: 1 }, /more/],
    ['oauth', { oauth: 7 }, /expected an object, got a number/],
    ['oauth', { oauth: { clientID: 'x' } }, /clientID/],
    ['oauth.grant', { oauth: { grant: 'PASSWORD' } }, /expected one of AUTHORIZATION_CODE, /],
    ['oauth.dpop', { oauth: { dpop: 'yes' } }, /expected true or false, got a string/],
    ['oauth.clientId', { oauth: { clientId: '' } }, /expected a client id/],
    ['oauth.clientId', { oauth: { clientId: 'a\nb' } }, /expected a client id/],
    ['oauth.clientId', { oauth: { clientSecret: 'the-secret' } }, /expected the client id of clientSecret, got none/],
    ['oauth.clientId', { oauth: { privateKey: ecKey } }, /expected the client id of privateKey, got none/],
    [
      'oauth.clientId',
      { oauth: { grant: 'CLIENT_CREDENTIALS', clientSecret: 'the-secret' } },
      /which CLIENT_CREDENTIALS needs/,
    ],
    ['oauth.clientSecret', { oauth: { ...withSecret, clientSecret: ' ' } }, /expected a non-empty string/],
    ['oauth.clientSecret.env', { oauth: { clientId: 'me', clientSecret: { env: 'A=B' } } }, /expected a variable name/],
    [
      'oauth.clientSecret',
      { oauth: { grant: 'CLIENT_CREDENTIALS', clientId: 'me' } },
      /one of which CLIENT_CREDENTIALS needs/,
    ],
    [
      'oauth.privateKey',
      { oauth: { ...withSecret, privateKey: ecKey } },
      /expected either clientSecret or privateKey, got both/,
    ],
    ['oauth.privateKey', { oauth: { clientId: 'me', privateKey: 'the-secret' } }, /expected a private key in PEM/],
    [
      'oauth.privateKey.literal',
      { oauth: { clientId: 'me', privateKey: { literal: 'the-secret' } } },
      /private key in PEM/,
    ],
    [
      'oauth.signingAlgorithm',
      { oauth: { clientId: 'me', privateKey: ecKey, signingAlgorithm: 'HS256' } },
      /expected one of RS256, /,
    ],
    [
      'oauth.signingAlgorithm',
      { oauth: { clientId: 'me', privateKey: ecKey, signingAlgorithm: 'RS256' } },
      /expected ES256 for this kind of private key, got RS256/,
    ],
    [
      'oauth.signingAlgorithm',
      { oauth: { clientId: 'me', privateKey: rsaKey, signingAlgorithm: 'EdDSA' } },
      /expected one of RS256, .*PS512 for this kind/,
    ],
    [
      'oauth.signingAlgorithm',
      { oauth: { ...withSecret, signingAlgorithm: 'RS256' } },
      /it is for privateKey, which is not set/,
    ],
    ['oauth.scopes', { oauth: { scopes: 'a b' } }, /expected a list, got a string/],
    [
      'oauth.scopes',
      { oauth: { scopes: Array.from({ length: 101 }, (_, n) => `s${n}`) } },
      /expected at most 100 items, got more/,
    ],
    ['oauth.scopes.1', { oauth: { scopes: ['a', 'b c'] } }, /expected one scope: .*without spaces/],
    ['oauth.scopes.0', { oauth: { scopes: [''] } }, /expected one scope/],
    ['oauth.scopes.0', { oauth: { scopes: ['a"b'] } }, /expected one scope/],
    ['oauth.issuer', { oauth: { issuer: 'auth.example' } }, /expected an absolute URL/],
    ['oauth.issuer', { oauth: { issuer: 'http://auth.example' } }, /expected https, got http/],
    ['oauth.issuer', { oauth: { issuer: 'http://localhost.example' } }, /expected https, got http/],
    ['oauth.issuer', { oauth: { issuer: 'ftp://auth.example' } }, /scheme https, got ftp/],
    ['oauth.issuer', { oauth: { issuer: 'https://me:the-secret@auth.example' } }, /without user name and password/],
    ['oauth.issuer', { oauth: { issuer: 'https://auth.example/?a=the-secret' } }, /without a query/],
    ['oauth.issuer', { oauth: { issuer: 'https://auth.example/?' } }, /without a query/],
    ['oauth.issuer', { oauth: { issuer: 'https://auth.example/#' } }, /without a fragment/],
    [
      'oauth.issuer',
      { oauth: { issuer: `https://auth.example/${'a'.repeat(4_096)}` } },
      /expected at most 4096 characters/,
    ],
    ['oauth.assertion', { oauth: { grant: 'JWT_BEARER' } }, /which JWT_BEARER needs, got none/],
    [
      'oauth.assertion',
      { oauth: { ...machine, assertion: 'the-assertion' } },
      /only JWT_BEARER has it, got CLIENT_CREDENTIALS/,
    ],
    [
      'oauth.idp',
      { oauth: { grant: 'ENTERPRISE_MANAGED', clientId: 'me' } },
      /which ENTERPRISE_MANAGED needs, got none/,
    ],
    ['oauth.clientId', { oauth: { grant: 'ENTERPRISE_MANAGED', idp } }, /which ENTERPRISE_MANAGED needs, got none/],
    ['oauth.idp', { oauth: { idp } }, /only ENTERPRISE_MANAGED has it, got AUTHORIZATION_CODE/],
    [
      'oauth.idp.idToken',
      { oauth: { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp: { ...idp, idToken: undefined } } },
      /expected|Invalid/,
    ],
    [
      'oauth.idp.issuer',
      { oauth: { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp: { ...idp, issuer: 'x' } } },
      /absolute URL/,
    ],
    [
      'oauth.idp.tokenEndpoint',
      { oauth: { grant: 'ENTERPRISE_MANAGED', clientId: 'me', idp: { ...idp, tokenEndpoint: 'http://idp.example' } } },
      /expected https/,
    ],
    [
      'oauth.idp.tokenEndpoint',
      {
        oauth: {
          grant: 'ENTERPRISE_MANAGED',
          clientId: 'me',
          idp: { ...idp, tokenEndpoint: 'https://idp.example/#a' },
        },
      },
      /without a fragment/,
    ],
  ] as const)('is refused at auth.%s: %o', (path, auth, message) => {
    const error = refusal(auth)
    expect(error.path).toEqual(['config', 'auth', ...(path === '' ? [] : path.split('.'))])
    expect(error.message).toMatch(message)
    expect(error.message).not.toMatch(/the-secret|the-assertion|the-id-token|-----BEGIN PRIVATE KEY-----\n/)
  })
})

describe('properties of the parsers', () => {
  const accepts = (oauth: unknown) => {
    try {
      return parsedOAuth(oauth)
    } catch (error) {
      if (!isRegistryError(error, 'INVALID_INPUT')) throw error
      return undefined
    }
  }
  const isScopeToken = (text: string) =>
    text !== '' &&
    [...text].every((character) => {
      const code = character.codePointAt(0) ?? 0
      return code >= 0x21 && code <= 0x7e && character !== '"' && character !== '\\'
    })

  it('a scope is a scope token of RFC 6749, and is kept as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 5 })), (scope) => {
        expect(accepts({ scopes: [scope] })?.scopes).toEqual(isScopeToken(scope) ? [scope] : undefined)
      }),
    )
  })

  it('an issuer is an https URL without user info, query and fragment, and is kept letter by letter', () => {
    const url = fc.webUrl({ validSchemes: ['https', 'http'], withQueryParameters: true, withFragments: true })
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl({ validSchemes: ['https'] }), fc.string({ unit: 'binary' })), (issuer) => {
        const read = accepts({ issuer })
        if (!read) return
        expect(read.issuer).toBe(issuer)
        expect(new URL(issuer)).toMatchObject({ protocol: 'https:', username: '', password: '', search: '', hash: '' })
      }),
    )
    expect(accepts({ issuer: 'https://auth.example' })?.issuer).toBe('https://auth.example')
  })
})
