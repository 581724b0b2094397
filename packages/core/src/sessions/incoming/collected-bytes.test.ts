import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CollectedBytes } from './collected-bytes.ts'
import { freeing, freeLargeBuffers } from './large-buffers.ts'

const KiB = 1_024
const maxBytes = 4_096 * KiB

/** Chunks of some lengths, each of another byte. */
const chunksOf = (lengths: readonly number[]) => lengths.map((length, n) => Buffer.alloc(length, n + 1))

function collect(chunks: readonly Buffer[]): readonly Buffer[] {
  const bytes = new CollectedBytes(maxBytes)
  for (const chunk of chunks) bytes.add(chunk)
  expect(bytes.size).toBe(Buffer.concat(chunks).length)
  return bytes.take()
}

it('has all bytes of a message in their order, whatever chunks they come in', () => {
  const length = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 70 * KiB }), fc.nat({ max: 1_100 * KiB }))
  const lengths = fc
    .array(length, { maxLength: 12 })
    .filter((all) => all.reduce((sum, each) => sum + each, 0) < maxBytes)
  fc.assert(
    fc.property(fc.array(lengths, { minLength: 1, maxLength: 3 }), (messages) => {
      for (const message of messages) {
        const chunks = chunksOf(message)
        const parts = collect(chunks)
        expect(Buffer.concat(parts).equals(Buffer.concat(chunks))).toBe(true)
        freeLargeBuffers(parts)
      }
    }),
    { numRuns: 60 },
  )
})

it('has one buffer for most large messages, which is empty once it is freed, also to what has a view of it', () => {
  const parts = collect(chunksOf(Array(32).fill(64 * KiB)))
  expect(parts).toHaveLength(1)
  const view = parts[0]?.subarray(0, 10)
  let isReleased = false
  freeing(parts, () => {
    isReleased = true
  })()
  expect([isReleased, parts[0]?.length, view?.length]).toEqual([true, 0, 0])
  const next = collect(chunksOf(Array(32).fill(64 * KiB)))
  expect([next[0]?.length, view?.length]).toEqual([2_048 * KiB, 0])
})

it('leaves the bytes of others alone: a small message is its chunks, which may be parts of larger buffers', () => {
  const whole = Buffer.allocUnsafeSlow(1_024 * KiB).fill('x')
  const release = () => undefined
  const parts = collect([whole.subarray(0, 20 * KiB), whole.subarray(20 * KiB, 50 * KiB)])
  expect(freeing(parts, release)).toBe(release)
  freeLargeBuffers(parts)
  expect([whole.length, Buffer.concat(parts).length]).toEqual([1_024 * KiB, 50 * KiB])
})

it('makes no buffer for a large message before its turn: until the next chunk it is as small as it can be', () => {
  const parts = collect(chunksOf(Array(17).fill(64 * KiB)))
  expect(parts.map(({ buffer }) => buffer.byteLength)).toEqual([1_024 * KiB, 64 * KiB])
})
