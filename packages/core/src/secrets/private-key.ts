import { createPrivateKey, type KeyObject } from 'node:crypto'

/** JWS algorithms that a private key of a client may sign with (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** A private key with the algorithms that it can sign with, the usual one first; or what a caller has to change, in words. */
export type ParsedPrivateKey =
  | { readonly key: KeyObject; readonly algorithms: readonly [SigningAlgorithm, ...SigningAlgorithm[]] }
  | { readonly problem: string }

/** RFC 7518 section 3.3. */
const minRsaBits = 2_048
const curves: Readonly<Record<string, SigningAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

function algorithmsOf({ asymmetricKeyType: kind, asymmetricKeyDetails: details = {} }: KeyObject): ParsedAlgorithms {
  if (kind === 'rsa' || kind === 'rsa-pss') {
    const bits = details.modulusLength ?? 0
    if (bits < minRsaBits) return { problem: `expected an RSA key of at least ${minRsaBits} bits, got ${bits}` }
    if (kind === 'rsa') return { algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] }
    return { algorithms: ['PS256', 'PS384', 'PS512'] }
  }
  if (kind === 'ed25519') return { algorithms: ['EdDSA'] }
  const curve = kind === 'ec' ? (details.namedCurve ?? '') : ''
  const algorithm = Object.hasOwn(curves, curve) ? curves[curve] : undefined
  if (algorithm !== undefined) return { algorithms: [algorithm] }
  return { problem: `expected an RSA, EC (P-256, P-384, P-521) or Ed25519 key, got ${curve || kind || 'another'}` }
}

type ParsedAlgorithms = Pick<Extract<ParsedPrivateKey, { readonly key: KeyObject }>, 'algorithms'> | { problem: string }

/** Parses a private key in PEM (RFC 7468). The problem never quotes it. */
export function parsePrivateKey(pem: string): ParsedPrivateKey {
  // A certificate and a public key are PEM too.
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem)) {
    return { problem: 'expected a private key in PEM: -----BEGIN PRIVATE KEY-----' }
  }
  try {
    const key = createPrivateKey(pem)
    const found = algorithmsOf(key)
    return 'problem' in found ? found : { key, algorithms: found.algorithms }
  } catch {
    // OpenSSL's error of a missing passphrase depends on the build. RFC 1421 and RFC 5958 name the encryption in the text.
    const isEncrypted = /ENCRYPTED/.test(pem)
    return { problem: `expected a private key in PEM, got ${isEncrypted ? 'one with a passphrase' : 'a damaged one'}` }
  }
}
