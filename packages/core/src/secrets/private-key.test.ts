import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parsePrivateKey } from './private-key.ts'

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })

describe('a private key', () => {
  it.each([
    ['RSA', rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }), ['PS256', 'PS384', 'PS512']],
    ['P-256', ec('prime256v1'), ['ES256']],
    ['P-384', ec('secp384r1'), ['ES384']],
    ['P-521', ec('secp521r1'), ['ES512']],
    ['Ed25519', generateKeyPairSync('ed25519'), ['EdDSA']],
  ] as const)('of kind %s has the algorithms of its kind', (_, { privateKey }, algorithms) => {
    expect(parsePrivateKey(privateKey.export(pkcs8).toString())).toMatchObject({ algorithms })
  })

  it('may be in PKCS #1, and is the key that it was', () => {
    const parsed = parsePrivateKey(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
    if ('problem' in parsed) throw new Error(parsed.problem)
    const data = Buffer.from('signed')
    expect(verify('sha256', data, rsa.publicKey, sign('sha256', data, parsed.key))).toBe(true)
  })

  const pem = rsa.privateKey.export(pkcs8).toString()
  it.each([
    ['a text', 'not a key', /expected a private key in PEM/],
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), /expected a private key in PEM/],
    ['a damaged key', pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAA'), /got a damaged one/],
    [
      'a key with a passphrase',
      rsa.privateKey.export({ ...pkcs8, cipher: 'aes-128-cbc', passphrase: 'p' }).toString(),
      /got one with a passphrase/,
    ],
    [
      'a short key',
      generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export(pkcs8).toString(),
      /at least 2048 bits, got 1024/,
    ],
    ['a key of another curve', ec('secp256k1').privateKey.export(pkcs8).toString(), /got secp256k1/],
    ['a key for agreement', generateKeyPairSync('x25519').privateKey.export(pkcs8).toString(), /got x25519/],
  ])('is not %s', (_, text, problem) => {
    expect(parsePrivateKey(text)).toEqual({ problem: expect.stringMatching(problem) })
  })
})
