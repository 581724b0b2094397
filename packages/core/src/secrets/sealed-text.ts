import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'

const version = 'v1'
const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16
const pattern = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)$/

export const keyBytes = 32

/** `v1.<key id>.<base64url of iv, tag and ciphertext>` */
export interface SealedText {
  readonly keyId: string
  readonly payload: Buffer
}

/** Undefined unless it is a sealed text of this version. */
export function parseSealedText(text: string): SealedText | undefined {
  const [, keyId, encoded] = pattern.exec(text) ?? []
  if (keyId === undefined || encoded === undefined) return undefined
  const payload = Buffer.from(encoded, 'base64url')
  // Other spellings that decode to the same bytes are rejected.
  const isWhole = payload.length >= ivBytes + tagBytes && payload.toString('base64url') === encoded
  return isWhole ? { keyId, payload } : undefined
}

/**
 * Seals with `key`, a KeyObject, as Node.js would make one of bytes at each call, which takes longer than the rest. It opens
 * only with the same `context`, byte for byte.
 */
export function sealText(plaintext: string | Buffer, key: KeyObject, keyId: string, context: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes })
  cipher.setAAD(associatedData(keyId, context))
  const sealed = [
    typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext),
    cipher.final(),
  ]
  return `${version}.${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url')}`
}

/** Undefined if the key, the context or a bit of the text differs from when it was sealed. */
export function openText({ keyId, payload }: SealedText, key: KeyObject, context: string): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, payload.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(keyId, context))
  decipher.setAuthTag(payload.subarray(ivBytes, ivBytes + tagBytes))
  const plaintext = decipher.update(payload.subarray(ivBytes + tagBytes))
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    // The one error of final(): the text is not authentic.
    return undefined
  }
}

function associatedData(keyId: string, context: string): Buffer {
  return Buffer.from(`${version}.${keyId}.${context}`)
}
