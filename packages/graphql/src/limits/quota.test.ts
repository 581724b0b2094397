import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createQuota, releaseAtEnd } from './quota.ts'

it('counts what is taken and not given back, whatever is given back twice', () => {
  const step = fc.record({ owner: fc.constantFrom('a', 'b'), takes: fc.boolean(), pick: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const quota = createQuota<string>(3)
      const held = { a: new Set<() => void>(), b: new Set<() => void>() }
      const released: (() => void)[] = []
      for (const { owner, takes, pick } of steps) {
        const mine = owner === 'a' ? held.a : held.b
        if (takes) {
          const release = quota.take(owner)
          expect(release === undefined).toBe(mine.size === 3)
          if (release) mine.add(release)
        } else {
          const release = [...mine][pick % Math.max(1, mine.size)]
          if (release) {
            mine.delete(release)
            released.push(release)
            release()
          }
          // Again, of any.
          released[pick % Math.max(1, released.length)]?.()
        }
        expect(quota.count(owner)).toBe(mine.size)
      }
    }),
  )
})

it.each<[string, (iterator: AsyncIterableIterator<number>) => Promise<unknown>]>([
  [
    'its end',
    async (iterator) => {
      for await (const _ of iterator);
    },
  ],
  ['return', async (iterator) => iterator.return?.()],
  ['throw', async (iterator) => iterator.throw?.(new Error('left')).catch(() => undefined)],
])('gives a slot back at %s, once', async (_, leave) => {
  let releases = 0
  async function* numbers() {
    yield 1
    yield 2
  }
  const iterator = releaseAtEnd(numbers(), () => {
    releases += 1
  })
  expect(await iterator.next()).toEqual({ done: false, value: 1 })
  expect(releases).toBe(0)
  await leave(iterator)
  expect(releases).toBe(1)
})

it('gives a slot back where its source fails', async () => {
  let releases = 0
  const failing = (async function* () {
    yield await Promise.reject(new Error('broken'))
  })()
  const iterator = releaseAtEnd(failing, () => {
    releases += 1
  })
  await expect(iterator.next()).rejects.toThrow('broken')
  expect(releases).toBe(1)
})
