import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { Sealed } from '../model/secret.ts'
import type { SecretKeyRecord } from '../model/secret-key-record.ts'
import type { MasterKey, MasterKeys } from './master-key.ts'
import { keyBytes, openText, parseSealedText, sealText } from './sealed-text.ts'

/** The storage of the wrapped data keys. */
export interface KeyStore {
  list(): Promise<readonly SecretKeyRecord[]>
  insert(key: SecretKeyRecord): Promise<void>
  /** Replaces the record with the id of `key` if the master key `ifMasterKeyId` still wraps it. */
  rewrap(key: SecretKeyRecord, ifMasterKeyId: string): Promise<void>
}

export type Opening =
  | { readonly text: string }
  /** Reads after "it cannot be opened:". */
  | { readonly problem: string }

/** The unwrapped data keys of a storage, in the memory of this process. */
export interface KeyRing {
  /** `context` names the text and its owner: opening it with another context fails. */
  seal(text: string, context: string): Sealed
  /** Loads new data keys from the storage if it does not have the one that sealed. */
  open(sealed: Sealed, context: string): Promise<Opening>
}

/** Interval between attempts to load a missing key, in ms, in place of one for each secret that it sealed. */
const missingMs = 1_000

const wrapContext = (id: string) => `data key ${id}`

function unwrap({ id, masterKeyId, wrapped }: SecretKeyRecord, masterKeys: MasterKeys): KeyObject | undefined {
  const master = masterKeys.find((each) => each.id === masterKeyId)
  const sealed = parseSealedText(wrapped)
  const key = master && sealed && openText(sealed, master.key, wrapContext(id))
  return key?.length === keyBytes ? createSecretKey(key) : undefined
}

function wrap(id: string, key: KeyObject, master: MasterKey): Pick<SecretKeyRecord, 'masterKeyId' | 'wrapped'> {
  return { masterKeyId: master.id, wrapped: sealText(key.export(), master.key, master.id, wrapContext(id)) }
}

/** The data key wrapped by the first of `masterKeys`; undefined if none of them unwraps it. */
export function rewrap(record: SecretKeyRecord, masterKeys: MasterKeys): SecretKeyRecord | undefined {
  const key = unwrap(record, masterKeys)
  return key && { ...record, ...wrap(record.id, key, masterKeys[0]) }
}

/** Wraps the data keys of `store` with the first of `masterKeys`, unless it wraps them already. Returns counts. */
export async function rewrapKeys(store: KeyStore, masterKeys: MasterKeys): Promise<RewrapCounts> {
  const [master] = masterKeys
  const counts = { rewrapped: 0, kept: 0, unreadable: 0 }
  for (const record of await store.list()) {
    const key = unwrap(record, masterKeys)
    if (key === undefined) counts.unreadable += 1
    else if (record.masterKeyId === master.id) counts.kept += 1
    else {
      const rewrapped = { ...record, ...wrap(record.id, key, master) }
      await store.rewrap(rewrapped, record.masterKeyId)
      counts.rewrapped += 1
    }
  }
  return counts
}

export interface RewrapCounts {
  readonly rewrapped: number
  /** Keys that the first master key wraps already. */
  readonly kept: number
  /** Keys that none of the master keys unwraps. */
  readonly unreadable: number
}

/**
 * Unwraps the data keys of the storage, and wraps those of an old master key anew. If no data key is readable, it creates
 * one. Data keys of an unknown master key are no error: their secrets are unreadable, and everything else works.
 */
export async function openKeyRing(store: KeyStore, masterKeys: () => Promise<MasterKeys>): Promise<KeyRing> {
  const keys = new Map<string, KeyObject>()
  // When a key was last found missing, by `performance.now()`.
  const missing = new Map<string, number>()
  let current: { readonly id: string; readonly key: KeyObject } | undefined

  async function load(): Promise<MasterKeys> {
    const records = await store.list()
    let masters = await masterKeys()
    // Another process may be replacing the master key.
    if (records.some((record) => !unwrap(record, masters))) masters = await masterKeys()
    for (const record of records) {
      const key = unwrap(record, masters)
      if (key) keys.set(record.id, key)
    }
    const newest = records.filter(({ id }) => keys.has(id)).sort((a, b) => b.createdAt - a.createdAt)[0]
    const key = newest && keys.get(newest.id)
    if (newest && key) current ??= { id: newest.id, key }
    return masters
  }

  async function create(master: MasterKey): Promise<{ readonly id: string; readonly key: KeyObject }> {
    const made = { id: randomBytes(9).toString('base64url'), key: createSecretKey(randomBytes(keyBytes)) }
    const record: SecretKeyRecord = { id: made.id, ...wrap(made.id, made.key, master), createdAt: Date.now() }
    await store.insert(record)
    keys.set(made.id, made.key)
    return made
  }

  const masters = await load()
  await rewrapKeys(store, masters)
  const sealing = current ?? (await create(masters[0]))

  return {
    seal: (text, context) => new Sealed(sealText(text, sealing.key, sealing.id, context)),
    async open(sealed, context) {
      const parsed = parseSealedText(sealed.text)
      if (!parsed) return { problem: 'its stored text is damaged' }
      const { keyId } = parsed
      const isLookedFor = performance.now() - (missing.get(keyId) ?? Number.NEGATIVE_INFINITY) > missingMs
      if (!keys.has(keyId) && isLookedFor) await load()
      const key = keys.get(keyId)
      if (!key) {
        if (isLookedFor) missing.set(keyId, performance.now())
        return { problem: 'it was sealed with a key that this registry does not have' }
      }
      const plaintext = openText(parsed, key, context)
      return plaintext
        ? { text: plaintext.toString('utf8') }
        : { problem: 'its stored text is damaged, or belongs to another secret' }
    },
  }
}
