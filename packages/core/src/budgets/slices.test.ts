import { expect, it } from 'vitest'
import { createSlices } from './slices.ts'

function work(ms: number): void {
  const begunAt = performance.now()
  while (performance.now() - begunAt < ms);
}

it('let the event loop go round between parts of long work, and do them in order', async () => {
  const slices = createSlices()
  const done: (number | 'round')[] = []
  const parts = [0, 1, 2, 3].map((part) =>
    slices.run(() => {
      work(11)
      done.push(part)
      setImmediate(() => done.push('round'))
      return part
    }),
  )
  expect(await Promise.all(parts)).toEqual([0, 1, 2, 3])
  // The round that begins with the second part ends before the third.
  expect(done.slice(0, 5)).toEqual([0, 1, 'round', 2, 'round'])
  await expect(slices.run(() => Promise.reject(new Error('a part failed')))).rejects.toThrow('a part failed')
})

it('do what is short at once', () => {
  const slices = createSlices()
  const done: number[] = []
  for (let part = 0; part < 100; part += 1) void slices.run(() => done.push(part))
  expect(done).toHaveLength(100)
})
