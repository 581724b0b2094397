import { hash, webcrypto } from 'node:crypto'
import type { DpopSession } from '@modelcontextprotocol/client'
import type { Sdk } from './sdk.ts'

/** The algorithm that every server of RFC 9449 takes in practice. */
const algorithm = 'ES256'
const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** A new private key for sender-constrained tokens, as a JWK. */
export async function createDpopKey(): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify'])
  return JSON.stringify(await webcrypto.subtle.exportKey('jwk', privateKey))
}

/** What signs proofs with the key of `createDpopKey`, and remembers the nonces of each origin. */
export async function openDpop(sdk: Sdk, dpopKey: string): Promise<DpopSession> {
  // Written by createDpopKey, and sealed since.
  const jwk = JSON.parse(dpopKey) as webcrypto.JsonWebKey
  const { kty = '', crv = '', x = '', y = '' } = jwk
  const publicJwk = { kty, crv, x, y }
  const [privateKey, publicKey] = await Promise.all([
    webcrypto.subtle.importKey('jwk', { ...publicJwk, d: jwk.d ?? '' }, curve, false, ['sign']),
    webcrypto.subtle.importKey('jwk', publicJwk, curve, true, ['verify']),
  ])
  // RFC 7638 section 3.2: the required members in lexicographic order.
  const thumbprint = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
  return await sdk.DpopSession.create({ keyPair: { privateKey, publicKey, publicJwk, thumbprint, alg: algorithm } })
}
