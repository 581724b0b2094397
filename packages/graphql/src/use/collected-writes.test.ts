import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { CollectedWrites } from './collected-writes.ts'

/** Keeps the chunks of each write that reaches it. */
function connection() {
  const writes: string[][] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push([String(chunk)])
      done()
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)))
      done()
    },
  })
  return { stream, writes }
}

it('has what is written to a connection in one turn leave at once, in order', async () => {
  const collected = new CollectedWrites()
  const [first, second] = [connection(), connection()]
  for (const text of ['a', 'b', 'c']) {
    collected.collect(first.stream)
    first.stream.write(text)
    await Promise.resolve()
  }
  collected.collect(second.stream)
  second.stream.write('d')
  expect(first.writes).toEqual([])
  await nextTurn()
  expect(first.writes).toEqual([['a', 'b', 'c']])
  expect(second.writes).toEqual([['d']])
  collected.collect(first.stream)
  first.stream.write('e')
  await nextTurn()
  expect(first.writes.flat()).toEqual(['a', 'b', 'c', 'e'])
})

it('takes a connection that was destroyed meanwhile', async () => {
  const collected = new CollectedWrites()
  const { stream, writes } = connection()
  collected.collect(stream)
  stream.write('a')
  stream.destroy()
  await nextTurn()
  expect(writes).toEqual([])
})
