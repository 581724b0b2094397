import { randomBytes } from 'node:crypto'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { MasterKeySource } from '../model/master-key-source.ts'
import { type RewrapCounts, rewrapKeys } from '../secrets/key-ring.ts'
import { type MasterKeys, toMasterKeys } from '../secrets/master-key.ts'
import { keyBytes } from '../secrets/sealed-text.ts'
import type { Storage, StorageAdapter } from '../storage/storage.ts'
import { keyStoreOf } from './key-store.ts'

export interface RotateSecretKeyOptions {
  readonly storage: StorageAdapter
  /** The new key, followed by the old ones. @default a random key replaces the one beside the storage */
  readonly secretKey?: readonly Uint8Array[]
  /** Receives a warning about a key file that other users may read. @default ignores it */
  readonly onError?: (error: unknown) => void
}

export interface SecretKeyStatus {
  /** Number of data keys in the storage. */
  readonly dataKeys: number
  /** Number wrapped by the first master key. */
  readonly current: number
  /** Number wrapped by a later master key; a rotation, or the next start, rewraps them. */
  readonly old: number
  /** Number wrapped by no given master key; the secrets that they seal cannot be read. */
  readonly unreadable: number
}

async function withStorage<T>(adapter: StorageAdapter, work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await adapter.open()
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

function statusOf({ rewrapped, kept, unreadable }: RewrapCounts): SecretKeyStatus {
  return { dataKeys: rewrapped + kept + unreadable, current: rewrapped + kept, old: 0, unreadable }
}

/**
 * Rewraps the data keys of the storage with a new master key. Open registries are not disturbed: they have the data keys in
 * memory. A key file beside the storage holds both keys until everything is rewrapped, so nothing is lost if the process ends.
 * Opens the storage and closes it again.
 *
 * @throws INVALID_INPUT if the storage keeps no key and none is given
 * @throws SECRET_UNREADABLE, with nothing changed, if the key file lacks a key
 * @throws every code of `StorageAdapter.open`
 */
export async function rotateSecretKey(options: RotateSecretKeyOptions): Promise<SecretKeyStatus> {
  const { storage: adapter, secretKey, onError = () => undefined } = options
  if (secretKey) {
    const masterKeys = toMasterKeys(secretKey)
    return withStorage(adapter, async (storage) => statusOf(await rewrapKeys(keyStoreOf(storage), masterKeys)))
  }
  const source = adapter.masterKeys
  if (!source)
    throw invalidInput(['secretKey'], 'secretKey: expected the new key and the old one, as this storage keeps no key')
  return withStorage(adapter, (storage) => source.alone(() => replaceKey(storage, source, onError)))
}

async function replaceKey(
  storage: Storage,
  source: MasterKeySource,
  onError: (error: unknown) => void,
): Promise<SecretKeyStatus> {
  const old = await source.read(onError)
  const { unreadable } = countKeys(await storage.secretKeys(), toMasterKeys(old))
  if (unreadable > 0) {
    const message = `Cannot rotate the key: ${unreadable} data keys are wrapped by a key that is not beside the storage. Nothing was changed; pass that key as the old one`
    throw new RegistryError('SECRET_UNREADABLE', message)
  }
  const key = randomBytes(keyBytes)
  await source.replace([key, ...old])
  const counts = await rewrapKeys(keyStoreOf(storage), toMasterKeys([key, ...old]))
  // A data key that was added meanwhile is wrapped by a key in the file: then all of them stay.
  if (counts.unreadable > 0) return statusOf(counts)
  await source.replace([key])
  return statusOf(counts)
}

/**
 * Counts which master keys wrap the data keys of the storage. Changes nothing.
 *
 * @throws INVALID_INPUT if the storage keeps no key and none is given
 * @throws every code of `StorageAdapter.open`
 */
export async function secretKeyStatus(options: RotateSecretKeyOptions): Promise<SecretKeyStatus> {
  const { storage: adapter, secretKey, onError = () => undefined } = options
  return withStorage(adapter, async (storage) => {
    const given = secretKey ?? (await adapter.masterKeys?.read(onError))
    if (!given) throw invalidInput(['secretKey'], 'secretKey: expected a key, as this storage keeps no key')
    return countKeys(await storage.secretKeys(), toMasterKeys(given))
  })
}

function countKeys(records: Awaited<ReturnType<Storage['secretKeys']>>, masterKeys: MasterKeys): SecretKeyStatus {
  const places = records.map(({ masterKeyId }) => masterKeys.findIndex(({ id }) => id === masterKeyId))
  const count = (matches: (place: number) => boolean) => places.filter(matches).length
  return {
    dataKeys: records.length,
    current: count((place) => place === 0),
    old: count((place) => place > 0),
    unreadable: count((place) => place === -1),
  }
}
