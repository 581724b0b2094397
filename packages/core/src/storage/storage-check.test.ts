import { expect, it, vi } from 'vitest'
import { RegistryError } from '../base/errors.ts'
import { memoryStorage } from './memory/memory-storage.ts'
import type { Storage } from './storage.ts'
import { createStorageCheck } from './storage-check.ts'

/** A storage whose reads of the feed are `read`. */
async function storageThat(read: () => Promise<number>): Promise<Storage> {
  const storage = await memoryStorage().open()
  return {
    ...storage,
    tenant: (id) => ({ ...storage.tenant(id), log: { ...storage.tenant(id).log, lastServerSeq: read } }),
  }
}

it('passes where the storage answers, and fails with what a read fails with', async () => {
  await createStorageCheck(await memoryStorage().open())()
  const gone = new RegistryError('STORAGE_UNAVAILABLE', 'it is gone')
  await expect(createStorageCheck(await storageThat(() => Promise.reject(gone)))()).rejects.toBe(gone)
})

it('fails once a read takes a second, begins no other one until it ends, and passes after it', async () => {
  vi.useFakeTimers()
  try {
    const reads: PromiseWithResolvers<number>[] = []
    const storage = await storageThat(() => {
      const read = Promise.withResolvers<number>()
      reads.push(read)
      return read.promise
    })
    const check = createStorageCheck(storage)
    for (let asked = 0; asked < 3; asked += 1) {
      const failed = expect(check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true })
      await vi.advanceTimersByTimeAsync(1_000)
      await failed
    }
    expect(reads).toHaveLength(1)
    const passes = check()
    reads[0]?.resolve(1)
    await passes
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
