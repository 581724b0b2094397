import type { KeyStore } from '../secrets/key-ring.ts'
import type { Storage } from '../storage/storage.ts'

/** Stores the wrapped data keys in the storage. */
export function keyStoreOf(storage: Pick<Storage, 'secretKeys' | 'commit'>): KeyStore {
  return {
    list: () => storage.secretKeys(),
    insert: (key) => storage.commit([{ kind: 'insertSecretKey', key }]),
    rewrap: (key, ifMasterKeyId) => storage.commit([{ kind: 'rewrapSecretKey', key, ifMasterKeyId }]),
  }
}
