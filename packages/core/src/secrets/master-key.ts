import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { invalidInput } from '../base/errors.ts'
import { kindOf } from '../base/json.ts'
import { keyBytes } from './sealed-text.ts'

/** A key that wraps data keys, and an id that reveals nothing of it. */
export interface MasterKey {
  readonly id: string
  readonly key: KeyObject
}

/** The first key wraps; the others only unwrap. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]]

function masterKey(key: Uint8Array): MasterKey {
  const secret = createSecretKey(key)
  return { id: createHmac('sha256', secret).update('toolyard master key').digest('hex').slice(0, 16), key: secret }
}

/** Advice for callers that pass a key as text, or a key of another length. */
function adviceFor(given: unknown): string {
  const [first]: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (typeof first === 'string') return `, got a string; of base64, Buffer.from(text, 'base64') makes bytes`
  if (first instanceof Uint8Array) return `, got ${first.length}; crypto.randomBytes(${keyBytes}) makes one`
  return `, got ${kindOf(first)}`
}

/** Throws INVALID_INPUT unless it is a key of 32 bytes, or a list of them, the new one first. The error never quotes it. */
export function toMasterKeys(given: Uint8Array | readonly Uint8Array[]): MasterKeys {
  const [first, ...others]: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isKey = (key: unknown): key is Uint8Array => key instanceof Uint8Array && key.length === keyBytes
  if (!isKey(first) || !others.every(isKey)) {
    throw invalidInput(
      ['secretKey'],
      `secretKey: expected ${keyBytes} bytes, or a list of such keys, the new one first${adviceFor(given)}`,
    )
  }
  return [masterKey(first), ...others.map(masterKey)]
}

/** 32 bytes in base64 or base64url; undefined for anything else. */
export function parseMasterKey(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  const key = Buffer.from(text, 'base64')
  return key.length === keyBytes ? key : undefined
}
