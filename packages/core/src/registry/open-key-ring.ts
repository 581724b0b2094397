import { randomBytes } from 'node:crypto'
import { invalidInput } from '../base/errors.ts'
import { type KeyRing, openKeyRing } from '../secrets/key-ring.ts'
import { type MasterKeys, toMasterKeys } from '../secrets/master-key.ts'
import { keyBytes } from '../secrets/sealed-text.ts'
import type { Storage, StorageAdapter } from '../storage/storage.ts'
import { keyStoreOf } from './key-store.ts'

/**
 * With the master keys that were given, else those beside the storage, else one that is gone with this process. INVALID_INPUT
 * where other processes, and later ones, could not open what it sealed.
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
    const message = `secretKey: expected a key of ${keyBytes} bytes, the same for all that share the storage, got none`
    throw invalidInput(['secretKey'], message)
  }
  const own = toMasterKeys(randomBytes(keyBytes))
  return openKeyRing(store, async () => own)
}
