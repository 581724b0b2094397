import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../base/command-error.ts'
import { addOAuthOptions, type GivenOAuthFlags, readOAuthFlags, withoutOAuthFlags } from './oauth-flags.ts'
import type { SecretReader } from './secret-flags.ts'

const read: string[] = []
const secrets: SecretReader = {
  async value(flag, text) {
    read.push(flag)
    return text.startsWith('@env:') ? { env: text.slice('@env:'.length) } : { literal: text }
  },
  named: async () => [],
}

function given(args: readonly string[]): GivenOAuthFlags {
  const command = addOAuthOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  return command.parse(args, { from: 'user' }).opts()
}

describe('the flags of OAuth', () => {
  it.each([
    [[], undefined],
    [['--oauth'], {}],
    [
      ['--oauth', '--client-id', 'me', '--client-secret', '@env:S', '--scope', 'a', '--scope', 'b', '--dpop'],
      { clientId: 'me', clientSecret: { env: 'S' }, scopes: ['a', 'b'], dpop: true },
    ],
    [
      ['--oauth', '--grant', 'client-credentials', '--private-key', 'PEM', '--signing-algorithm', 'ES256'],
      { grant: 'CLIENT_CREDENTIALS', privateKey: { literal: 'PEM' }, signingAlgorithm: 'ES256' },
    ],
    [
      ['--oauth', '--grant', 'jwt-bearer', '--assertion', '@env:A', '--issuer', 'https://a'],
      { grant: 'JWT_BEARER', assertion: { env: 'A' }, issuer: 'https://a' },
    ],
    [
      [
        ...['--oauth', '--grant', 'enterprise-managed', '--idp-issuer', 'https://i', '--idp-client-id', 'there'],
        ...['--idp-client-secret', '@env:S', '--id-token', '@env:T', '--idp-token-endpoint', 'https://i/token'],
      ],
      {
        grant: 'ENTERPRISE_MANAGED',
        idp: {
          issuer: 'https://i',
          clientId: 'there',
          clientSecret: { env: 'S' },
          idToken: { env: 'T' },
          tokenEndpoint: 'https://i/token',
        },
      },
    ],
  ])('%j are an input', async (args, input) => {
    expect(await readOAuthFlags(given(args), secrets)).toEqual(input)
  })

  it.each([
    [['--client-id', 'me'], '--client-id needs --oauth'],
    [['--dpop'], '--dpop needs --oauth'],
    [['--id-token', 'x'], '--id-token needs --oauth'],
    [['--oauth', '--idp-issuer', 'https://i'], '--idp-issuer needs --idp-client-id'],
    [['--oauth', '--id-token', 'x'], '--id-token needs --idp-issuer'],
    [['--oauth', '--idp-issuer', 'https://i', '--idp-client-id', 'x'], '--idp-issuer needs --id-token'],
  ])('%j are refused, before a secret is read', async (args, message) => {
    read.length = 0
    const reading = readOAuthFlags(given(args), secrets)
    await expect(reading).rejects.toThrow(UsageError)
    await expect(reading).rejects.toThrow(message)
    expect(read).toEqual([])
  })

  it('take one of four grants', () => {
    expect(() => given(['--oauth', '--grant', 'password'])).toThrow('Expected one of authorization-code, ')
    expect(() => given(['--oauth', '--grant', 'constructor'])).toThrow('Expected one of authorization-code, ')
  })

  it('are taken out of the others', () => {
    expect(withoutOAuthFlags({ ...given(['--oauth', '--scope', 'a', '--id-token', 'x']), label: 'b' })).toEqual({
      label: 'b',
    })
  })
})
