import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAuditEventId } from '../base/ids.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { Write } from '../storage/write.ts'
import { createRefusalSums, sumMs } from './refusal-sums.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000 }))
afterEach(() => void vi.useRealTimers())

function refusal(patch: Partial<AuditRecord> = {}): AuditRecord {
  const at = Date.now()
  const given = {
    action: 'SERVER_UPDATED',
    actor: 'key',
    refusedWith: 'NOT_FOUND',
    targetId: 'a',
    targetName: null,
  } as const
  return { id: createAuditEventId(), at, count: 1, firstAt: at, lastAt: at, ...given, fields: ['name'], ...patch }
}

function start() {
  const records: AuditRecord[] = []
  const errors: unknown[] = []
  let isFailing = false
  const sums = createRefusalSums({
    async commit(writes: readonly Write[]) {
      if (isFailing) throw new Error('away')
      for (const write of writes) if (write.kind === 'appendAudit') records.push(write.event)
    },
    onError: (error) => errors.push(error),
    createId: createAuditEventId,
  })
  return {
    sums,
    records,
    errors,
    fail(is: boolean) {
      isFailing = is
    },
  }
}

describe('refusals', () => {
  it('are on record at once, and from the fourth on equal ones of a minute as one record with their count', async () => {
    const { sums, records } = start()
    for (let n = 0; n < 3; n += 1) await sums.add(refusal())
    expect(records).toMatchObject(Array(3).fill({ count: 1, at: 1_000 }))
    for (const fields of [['name'], ['config'], ['name']]) {
      vi.advanceTimersByTime(10)
      await sums.add(refusal({ fields }))
    }
    expect(records).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(sumMs)
    expect(records.slice(3)).toMatchObject([
      {
        count: 3,
        at: 1_000 + sumMs,
        firstAt: 1_010,
        lastAt: 1_030,
        actor: 'key',
        targetId: 'a',
        fields: ['name', 'config'],
      },
    ])
    expect(vi.getTimerCount()).toBe(0)
    await sums.add(refusal())
    expect(records).toHaveLength(5)
    await sums.close()
    expect(records).toHaveLength(5)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are told apart by action, actor, target and code', async () => {
    const { sums, records } = start()
    for (const patch of [
      {},
      { action: 'SERVER_DELETED' },
      { actor: null },
      { targetId: 'b' },
      { refusedWith: 'FORBIDDEN' },
    ] as const) {
      await sums.add(refusal(patch))
    }
    expect(records).toHaveLength(5)
  })

  it('that are all different are few records, whatever differs', async () => {
    const { sums, records } = start()
    for (let n = 0; n < 10_000; n += 1) await sums.add(refusal({ targetId: `target ${n}` }))
    for (let n = 0; n < 10_000; n += 1) await sums.add(refusal({ actor: `actor ${n}`, targetId: `target ${n}` }))
    await sums.close()
    expect(records.length).toBeLessThan(200)
    expect(records.reduce((sum, { count }) => sum + count, 0)).toBe(20_000)
    // The first ones with whom, the others without.
    expect(records[0]).toMatchObject({ actor: 'key', targetId: 'target 0' })
    expect(records.at(-1)).toMatchObject({ actor: null, targetId: null })
  })

  it('are written when it is closed, and leave no timer', async () => {
    const { sums, records } = start()
    for (let n = 0; n < 9; n += 1) await sums.add(refusal())
    await sums.close()
    expect(records.map(({ count }) => count)).toEqual([1, 1, 1, 6])
    // A timer would write what is refused from now on.
    for (let n = 0; n < 9; n += 1) await sums.add(refusal())
    await vi.advanceTimersByTimeAsync(2 * sumMs)
    expect(records.map(({ count }) => count)).toEqual([1, 1, 1, 6, 1, 1, 1])
  })

  it('that cannot be written are counted on', async () => {
    const { sums, records, errors, fail } = start()
    fail(true)
    await expect(sums.add(refusal())).rejects.toThrow('away')
    await expect(sums.add(refusal())).rejects.toThrow('away')
    await vi.advanceTimersByTimeAsync(sumMs)
    expect([records, errors]).toEqual([[], [expect.any(Error)]])
    await expect(sums.add(refusal())).rejects.toThrow('away')
    fail(false)
    await vi.advanceTimersByTimeAsync(sumMs)
    expect(records).toMatchObject([{ count: 3, firstAt: 1_000 }])
    fail(true)
    await expect(sums.add(refusal())).rejects.toThrow('away')
    await expect(sums.close()).rejects.toThrow('away')
    // A timer would write it now.
    fail(false)
    await vi.advanceTimersByTimeAsync(2 * sumMs)
    expect(records).toHaveLength(1)
  })
})
