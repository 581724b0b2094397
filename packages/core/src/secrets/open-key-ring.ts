import { randomBytes } from 'node:crypto'
import type { StorageAdapter } from '../storage/storage.ts'
import { type KeyRing, type KeyStorage, openKeyRing } from './key-ring.ts'
import { type MasterKeys, toMasterKeys } from './master-key.ts'
import { keyBytes } from './sealed-text.ts'

/** With the master keys that were given, else those beside the storage, else one that is gone with this process. */
export function openDefaultKeyRing(
  storage: KeyStorage,
  { masterKeys }: Pick<StorageAdapter, 'masterKeys'>,
  given: MasterKeys | undefined,
  onError: (error: unknown) => void,
): Promise<KeyRing> {
  if (given) return openKeyRing(storage, async () => given)
  if (masterKeys) return openKeyRing(storage, async () => toMasterKeys(await masterKeys.read(onError)))
  const own = toMasterKeys(randomBytes(keyBytes))
  return openKeyRing(storage, async () => own)
}
