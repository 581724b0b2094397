import { randomBytes } from 'node:crypto'
import { invalidInput } from '../base/errors.ts'
import { type KeyRing, openKeyRing } from '../secrets/key-ring.ts'
import { type MasterKeys, toMasterKeys } from '../secrets/master-key.ts'
import { keyBytes } from '../secrets/sealed-text.ts'
import type { Storage, StorageAdapter } from '../storage/storage.ts'
import { keyStoreOf } from './key-store.ts'

/**
 * Opens the key ring with the given master keys, or those beside the storage, or else a random one for this process alone.
 *
 * @throws INVALID_INPUT if other nodes, or a later process, could not open what a random key sealed
 */
export async function openDefaultKeyRing(
  storage: Pick<Storage, 'secretKeys' | 'commit' | 'ownership'>,
  { masterKeys }: Pick<StorageAdapter, 'masterKeys'>,
  given: MasterKeys | undefined,
  onError: (error: unknown) => void,
): Promise<KeyRing> {
  const store = keyStoreOf(storage)
  if (given) return openKeyRing(store, async () => given)
  if (masterKeys) return openKeyRing(store, async () => toMasterKeys(await masterKeys.read(onError)))
  if (storage.ownership === 'LEASE') {
    const message = `secretKey: expected a key of ${keyBytes} bytes, the same on every node of the storage, got none`
    throw invalidInput(['secretKey'], message)
  }
  const own = toMasterKeys(randomBytes(keyBytes))
  return openKeyRing(store, async () => own)
}
