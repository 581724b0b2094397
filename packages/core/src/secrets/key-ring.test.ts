import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Sealed } from '../model/secret.ts'
import { keyStoreOf } from '../registry/key-store.ts'
import { memoryStorage } from '../storage/memory/memory-storage.ts'
import { type KeyRing, openKeyRing, rewrapKeys } from './key-ring.ts'
import { parseMasterKey, toMasterKeys } from './master-key.ts'

const newKey = () => new Uint8Array(randomBytes(32))
const [first, second] = [newKey(), newKey()]
const ringOf = (storage: Awaited<ReturnType<ReturnType<typeof memoryStorage>['open']>>, ...keys: Uint8Array[]) =>
  openKeyRing(keyStoreOf(storage), async () => toMasterKeys(keys))
const text = async (ring: KeyRing, sealed: Sealed, context = 'here') => ring.open(sealed, context)

describe('a key ring', () => {
  it('opens what it sealed, also when it is opened again, and in its own context alone', async () => {
    const storage = await memoryStorage().open()
    const sealed = (await ringOf(storage, first)).seal('a secret', 'here')
    const again = await ringOf(storage, first)
    expect(await text(again, sealed)).toEqual({ text: 'a secret' })
    expect(await text(again, sealed, 'there')).toEqual({
      problem: expect.stringContaining('belongs to another secret'),
    })
    expect(await text(again, new Sealed('nonsense'))).toEqual({ problem: expect.stringContaining('damaged') })
    expect(await storage.secretKeys()).toHaveLength(1)
    expect(JSON.stringify(await storage.secretKeys())).not.toContain(Buffer.from(first).toString('base64'))
  })

  it('with another master key cannot, says so, and seals with a key of its own', async () => {
    const storage = await memoryStorage().open()
    const sealed = (await ringOf(storage, first)).seal('a secret', 'here')
    const other = await ringOf(storage, second)
    expect(await text(other, sealed)).toEqual({
      problem: expect.stringContaining('a key that this registry does not have'),
    })
    const anew = other.seal('another', 'here')
    expect(await text(other, anew)).toEqual({ text: 'another' })
    // The first key is of use to what it wrapped, as before.
    expect(await text(await ringOf(storage, first), sealed)).toEqual({ text: 'a secret' })
    const both = await ringOf(storage, second, first)
    expect([await text(both, sealed), await text(both, anew)]).toEqual([{ text: 'a secret' }, { text: 'another' }])
  })

  it('that is opened with a new key before the old one needs the old one no more', async () => {
    const storage = await memoryStorage().open()
    const before = await ringOf(storage, first)
    const sealed = before.seal('a secret', 'here')
    await ringOf(storage, second, first)
    expect(await text(await ringOf(storage, second), sealed)).toEqual({ text: 'a secret' })
    // One that was open all the while is not disturbed.
    expect(await text(before, sealed)).toEqual({ text: 'a secret' })
    expect(await text(await ringOf(storage, second), before.seal('later', 'here'))).toEqual({ text: 'later' })
  })

  it('finds data keys that another process made meanwhile', async () => {
    const storage = await memoryStorage().open()
    const [one, two] = await Promise.all([ringOf(storage, first), ringOf(storage, first)])
    expect(await text(one, two.seal('of two', 'here'))).toEqual({ text: 'of two' })
    expect(await text(two, one.seal('of one', 'here'))).toEqual({ text: 'of one' })
  })

  it('is wrapped anew once: of two that do so at a time, one finds it done', async () => {
    const storage = await memoryStorage().open()
    const sealed = (await ringOf(storage, first)).seal('a secret', 'here')
    const third = newKey()
    await Promise.all([second, third].map((key) => rewrapKeys(keyStoreOf(storage), toMasterKeys([key, first]))))
    expect(await text(await ringOf(storage, second, third), sealed)).toEqual({ text: 'a secret' })
    expect(await rewrapKeys(keyStoreOf(storage), toMasterKeys([second, third]))).toMatchObject({ unreadable: 0 })
  })
})

it('a master key is 32 bytes, in base64 where it is a text', () => {
  expect(parseMasterKey(Buffer.from(first).toString('base64'))).toEqual(Buffer.from(first))
  expect(parseMasterKey(Buffer.from(first).toString('base64url'))).toEqual(Buffer.from(first))
  for (const wrong of [
    '',
    'short',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    `${'a'.repeat(42)}!=`,
  ]) {
    expect(parseMasterKey(wrong), wrong).toBeUndefined()
  }
  for (const wrong of [[], new Uint8Array(31), [first, new Uint8Array(1)]]) {
    expect(() => toMasterKeys(wrong)).toThrow('secretKey: expected 32 bytes')
  }
})
