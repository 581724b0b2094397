import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultTenant } from '../base/ids.ts'
import { feedOf } from '../model/events.ts'
import { createEventBus } from './bus.ts'
import { follow, type LogPage, pageSize } from './follow.ts'

const topic = feedOf(defaultTenant)

/** A log of numbers; 0 is its last entry. */
function startLog() {
  const bus = createEventBus()
  const values: number[] = []
  const log = {
    bus,
    values,
    reads: 0,
    append(...more: readonly number[]) {
      values.push(...more)
      bus.notify(topic)
    },
    follow(from = 0, signal?: AbortSignal) {
      return follow<number>(
        bus,
        { topic, start: Promise.resolve(from), place: String, read: (after) => log.read(after) },
        { signal },
      )
    },
    async read(after: number): Promise<LogPage<number>> {
      log.reads += 1
      const page = values.slice(after, after + pageSize)
      await nextTurn()
      const entries = page.map((value, index) => ({ seq: after + index + 1, value, isLast: value === 0 }))
      return { entries, hasMore: page.length === pageSize }
    },
  }
  return log
}

async function all<Value>(events: AsyncIterable<Value>): Promise<Value[]> {
  const seen: Value[] = []
  for await (const event of events) seen.push(event)
  return seen
}

describe('a reader of a log', () => {
  it('ends with a last entry that has no value for it', async () => {
    const entries = [
      { seq: 1, value: 'a', isLast: false },
      { seq: 2, value: undefined, isLast: true },
    ]
    const read = async () => ({ entries, hasMore: false })
    const bus = createEventBus()
    expect(await all(follow(bus, { topic, start: Promise.resolve(0), place: String, read }, {}))).toEqual(['a'])
    const events = follow(bus, { topic, start: Promise.resolve(0), place: String, read }, {})
    const steps = await Promise.all([events.next(), events.next(), events.next()])
    expect(steps.map(({ done }) => done)).toEqual([false, true, true])
  })

  it('sees each entry once, in order, the last one last, however it is appended and read', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 250 }) }),
      fc.record({ kind: fc.constant('join' as const), from: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 120 }) }),
      fc.record({ kind: fc.constant('wait' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const log = startLog()
        const readers: { readonly from: number; readonly seen: number[]; readonly events: AsyncIterator<number> }[] = []
        for (const each of steps) {
          if (each.kind === 'append')
            log.append(...Array.from({ length: each.count }, (_, n) => log.values.length + n + 1))
          else if (each.kind === 'join') {
            const from = Math.floor(each.from * log.values.length)
            readers.push({ from, seen: [], events: log.follow(from) })
          } else if (each.kind === 'wait') await nextTurn()
          else {
            for (const { from, seen, events } of readers) {
              const there = log.values.length - from - seen.length
              for (let n = 0; n < Math.min(each.count, there); n += 1) {
                const { value } = await events.next()
                seen.push(value)
              }
            }
          }
        }
        log.append(0)
        for (const { from, seen, events } of readers) {
          for (let step = await events.next(); !step.done; step = await events.next()) seen.push(step.value)
          expect(seen).toEqual(log.values.slice(from))
        }
        expect(log.bus.subscribers).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('reads for all who stand at the same place', async () => {
    const log = startLog()
    const readers = Array.from({ length: 1_000 }, () => all(log.follow()))
    await nextTurn()
    for (let n = 1; n <= 20; n += 1) {
      log.append(n)
      await nextTurn()
      await nextTurn()
    }
    log.append(0)
    const seen = await Promise.all(readers)
    expect(seen.every((each) => each.join() === log.values.join())).toBe(true)
    expect(log.reads).toBeLessThan(60)
  })

  it('holds one page of the log, and goes on in it however far behind it is', async () => {
    const log = startLog()
    const slow = log.follow()
    log.append(1)
    expect(await slow.next()).toEqual({ done: false, value: 1 })
    log.append(...Array.from({ length: 10_000 }, (_, n) => n + 2), 0)
    await nextTurn()
    const before = log.reads
    expect(await all(slow)).toEqual(log.values.slice(1))
    expect(log.reads - before).toBe(101)
  })

  it('that leaves ends at once, also while it waits', async () => {
    const log = startLog()
    const leaving = log.follow()
    const waiting = leaving.next()
    const stopping = new AbortController()
    const stopped = log.follow(0, stopping.signal).next()
    await nextTurn()
    expect(log.bus.subscribers).toBe(2)
    await leaving.return?.()
    stopping.abort()
    expect(log.bus.subscribers).toBe(0)
    expect(await Promise.all([waiting, stopped])).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    expect(await leaving.next()).toEqual({ done: true, value: undefined })
  })

  it('gets what was appended before the end of the bus, and then ends', async () => {
    const log = startLog()
    const seen = all(log.follow())
    await nextTurn()
    log.append(1, 2)
    const closed = log.bus.close(2 ** 31 - 1)
    expect(await seen).toEqual([1, 2])
    await closed
  })

  it('holds the end of the bus up while it reads, and not where it does not read', async () => {
    const log = startLog()
    log.append(1, 2)
    const reading = log.follow()
    const abandoned = log.follow()
    expect(await reading.next()).toEqual({ done: false, value: 1 })
    expect(await abandoned.next()).toEqual({ done: false, value: 1 })
    const told: string[] = []
    const closed = log.bus.close(50).then(() => told.push('closed'))
    expect(await all(reading)).toEqual([2])
    told.push('read')
    await closed
    expect(told).toEqual(['read', 'closed'])
    expect(log.bus.subscribers).toBe(1)
  })

  it('is told of a read that fails, and ends', async () => {
    const log = startLog()
    const events = log.follow()
    log.read = async () => {
      throw new Error('no disk')
    }
    await expect(events.next()).rejects.toThrow('no disk')
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(log.bus.subscribers).toBe(0)
  })

  it('may ask for several at a time, and gets them in order', async () => {
    const log = startLog()
    const events = log.follow()
    const asked = [events.next(), events.next(), events.next()]
    log.append(1)
    log.append(2, 0)
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual([1, 2, 0])
  })
})
