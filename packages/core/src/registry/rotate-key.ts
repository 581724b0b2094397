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
  /** The new key and the old ones. @default a new one takes the place of that beside the storage */
  readonly secretKey?: readonly Uint8Array[]
  /** Hears of a key file that others may read. @default ignores it */
  readonly onError?: (error: unknown) => void
}

export interface SecretKeyStatus {
  /** Data keys of the storage. */
  readonly dataKeys: number
  /** Of those, how many the first of the master keys wraps. */
  readonly current: number
  /** Wrapped by an older one of the master keys given: a rotation, or the next start, wraps them anew. */
  readonly old: number
  /** Wrapped by none of them: what they sealed cannot be read. */
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
 * Wraps the data keys of the storage with a new master key. Registries that have it open are not disturbed: they have the
 * data keys in memory. With the keys beside the storage, both keys are there until all is wrapped with the new one, so
 * that nothing is lost whenever the process ends. Rejects with INVALID_INPUT, and as `StorageAdapter.open`.
 */
export async function rotateSecretKey(options: RotateSecretKeyOptions): Promise<SecretKeyStatus> {
  const { storage: adapter, secretKey, onError = () => undefined } = options
  if (secretKey) {
    const masterKeys = toMasterKeys(secretKey)
    return withStorage(adapter, async (storage) => statusOf(await rewrapKeys(keyStoreOf(storage), masterKeys)))
  }
  const source = adapter.masterKeys
  if (!source)
    throw invalidInput(['secretKey'], 'secretKey: expected the new key and the old one, as this storage keeps none')
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
    const message = `${unreadable} data keys are wrapped by a key that is not beside the storage: nothing was changed; give that key as the old one`
    throw new RegistryError('SECRET_UNREADABLE', message)
  }
  const key = randomBytes(keyBytes)
  await source.replace([key, ...old])
  const counts = await rewrapKeys(keyStoreOf(storage), toMasterKeys([key, ...old]))
  // One that came meanwhile is wrapped by a key of those in the file, which stay there then.
  if (counts.unreadable > 0) return statusOf(counts)
  await source.replace([key])
  return statusOf(counts)
}

/** Which master keys wrap the data keys of the storage. Changes nothing. Rejects as `rotateSecretKey`. */
export async function secretKeyStatus(options: RotateSecretKeyOptions): Promise<SecretKeyStatus> {
  const { storage: adapter, secretKey, onError = () => undefined } = options
  return withStorage(adapter, async (storage) => {
    const given = secretKey ?? (await adapter.masterKeys?.read(onError))
    if (!given) throw invalidInput(['secretKey'], 'secretKey: expected a key, as this storage keeps none')
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
