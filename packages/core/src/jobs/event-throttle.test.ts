import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import type { JobEvent } from '../model/events.ts'
import { createEventThrottle } from './event-throttle.ts'

type Told = JobEvent & { readonly toldAt: number }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function startGate(budgets: Parameters<typeof resolveBudgets>[0] = {}) {
  const told: Told[] = []
  const meter = createBudgetMeter(resolveBudgets(budgets))
  const gate = createEventThrottle((event) => told.push({ ...event, toldAt: Date.now() }), meter)
  return {
    meter,
    told,
    gate,
    progress: (progress: number) => gate.push({ type: 'ToolRunProgress', progress }),
    line: (text: string, stream: 'LOG' | 'STDERR' = 'LOG') => gate.push({ type: 'ToolRunOutput', stream, text }),
  }
}

const leftOutOf = (events: readonly JobEvent[]) =>
  events.reduce((sum, event) => sum + ('leftOut' in event ? (event.leftOut ?? 0) : 0), 0)
const textsOf = (events: readonly JobEvent[]) =>
  events.flatMap((event) => ('text' in event ? event.text.split('\n') : []))

/** The most events of a kind within any second. */
function mostInOneSecond(told: readonly Told[], isOfKind: (event: JobEvent) => boolean): number {
  const times = told.filter(isOfKind).map(({ toldAt }) => toldAt)
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length))
}

describe('what a server says while it works', () => {
  it('goes on at once and as it came while it is little', () => {
    const { told, gate, progress, line } = startGate()
    for (let n = 1; n <= 5; n += 1) progress(n)
    line('a')
    line('b', 'STDERR')
    expect(told).toHaveLength(7)
    expect(leftOutOf(told)).toBe(0)
    gate.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is at most 20 events a second of each kind, and nothing is lost uncounted, whatever comes', () => {
    const said = fc.record({
      kind: fc.constantFrom('progress' as const, 'LOG' as const, 'STDERR' as const),
      times: fc.integer({ min: 1, max: 300 }),
      thenMs: fc.integer({ min: 0, max: 700 }),
    })
    fc.assert(
      fc.property(fc.array(said, { maxLength: 30 }), (floods) => {
        const { told, gate, progress, line } = startGate()
        const counts = { progress: 0, LOG: 0, STDERR: 0 }
        for (const { kind, times, thenMs } of floods) {
          for (let n = 0; n < times; n += 1) {
            counts[kind] += 1
            if (kind === 'progress') progress(counts.progress)
            else line(`${counts[kind]}`, kind)
          }
          vi.advanceTimersByTime(thenMs)
        }
        gate.close()
        expect(vi.getTimerCount()).toBe(0)

        const progresses = told.filter((event) => event.type === 'ToolRunProgress')
        expect(progresses.length + leftOutOf(progresses)).toBe(counts.progress)
        expect(progresses.at(-1)?.progress).toBe(counts.progress || undefined)
        expect(mostInOneSecond(told, ({ type }) => type === 'ToolRunProgress')).toBeLessThanOrEqual(20)
        for (const stream of ['LOG', 'STDERR'] as const) {
          const isOf = (event: JobEvent) => event.type === 'ToolRunOutput' && event.stream === stream
          const lines = textsOf(told.filter(isOf)).map(Number)
          expect(lines.length + leftOutOf(told.filter(isOf))).toBe(counts[stream])
          expect(lines).toEqual(lines.toSorted((a, b) => a - b))
          expect(lines.at(-1)).toBe(counts[stream] || undefined)
          expect(mostInOneSecond(told, isOf)).toBeLessThanOrEqual(20)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is cut where one line is longer than an event should be', () => {
    const { told, gate, line } = startGate()
    line('x'.repeat(2 ** 20))
    line('x'.repeat(2_000_000))
    expect(textsOf(told)[0]).toHaveLength(2 ** 20)
    expect(textsOf(told)[1]).toMatch(/^x{1048528}… \(951472 characters left out\)$/)
    gate.close()
  })

  it('is no more in all than the budget has it, however long it goes on, and the last of each kind is told at the end', () => {
    const { told, gate, meter, progress, line } = startGate({ jobTextBytes: 10_240 })
    const text = 'x'.repeat(1_000)
    for (let n = 1; n <= 2_000; n += 1) {
      line(text)
      if (n % 2 === 0) line(`${n}`, 'STDERR')
      progress(n)
      vi.advanceTimersByTime(100)
    }
    line('the last')
    vi.advanceTimersByTime(1_000)
    gate.close()
    const ofKind = (kind: string) => told.filter((event) => ('stream' in event ? event.stream : event.type) === kind)
    expect(told.reduce((sum, event) => sum + JSON.stringify(event).length, 0)).toBeLessThan(20_000)
    expect(textsOf(ofKind('LOG')).at(-1)).toBe('the last')
    expect(textsOf(ofKind('STDERR')).at(-1)).toBe('2000')
    expect(ofKind('LOG').length + leftOutOf(ofKind('LOG'))).toBe(2_001)
    expect(ofKind('STDERR').length + leftOutOf(ofKind('STDERR'))).toBe(1_000)
    expect(ofKind('ToolRunProgress').at(-1)).toMatchObject({ progress: 2_000 })
    expect(ofKind('ToolRunProgress').length + leftOutOf(ofKind('ToolRunProgress'))).toBe(2_000)
    expect(meter.refusals.jobTextBytes).toBe(1)
  })

  it('is not taken any more once the run has ended', () => {
    const { told, gate, progress } = startGate()
    gate.close()
    progress(1)
    expect(told).toEqual([])
  })
})
