import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createId, defaultTenant, parseTenantId } from '../base/ids.ts'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import type { ResourceContents } from './api.ts'
import { createReadCaches, type ReadCaches, type ReadPlace } from './read-caches.ts'

const serverId = createId('server')
const otherTenant = parseTenantId('other') ?? defaultTenant
const place = (patch: Partial<ReadPlace> = {}): ReadPlace => ({
  tenantId: defaultTenant,
  serverId,
  context: 'c',
  uri: 'x:a',
  ...patch,
})

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const answer = (text: string, ms = 1_000): ResourceContents => ({
  contents: [{ type: 'resource', uri: 'x:a', text }],
  freshUntil: new Date(Date.now() + ms),
  meta: null,
})

function keep(caches: ReadCaches, at: ReadPlace, kept: ResourceContents): void {
  const pending = caches.begin(at)
  pending.keep(kept)
  pending.end()
}

function open(budgets: { cachedReads?: number; cachedReadBytes?: number } = {}, share = 1): ReadCaches {
  return createReadCaches({ meter: createBudgetMeter(resolveBudgets(budgets)), share: () => share })
}
const textOf = (caches: ReadCaches, at: ReadPlace) => caches.find(at)?.contents[0]?.text

describe('answers of resources', () => {
  it('are found until they are no longer fresh, and not a millisecond longer', () => {
    const caches = open()
    keep(caches, place(), answer('a'))
    vi.setSystemTime(1_000_999)
    expect(textOf(caches, place())).toBe('a')
    vi.setSystemTime(1_001_000)
    expect(caches.find(place())).toBeUndefined()
    keep(caches, place(), { ...answer('b'), freshUntil: null })
    expect(caches.find(place())).toBeUndefined()
  })

  it('are found for the same tenant, server, context and URI alone', () => {
    const caches = open()
    keep(caches, place(), answer('a'))
    const others = [{ tenantId: otherTenant }, { serverId: createId('server') }, { context: 'd' }, { uri: 'x:b' }]
    for (const other of others) expect(caches.find(place(other))).toBeUndefined()
  })

  it('go with their server, or with their URI, and those under way are not kept', () => {
    const caches = open()
    const [a, b, other] = [place(), place({ uri: 'x:b' }), place({ serverId: createId('server') })]
    for (const each of [a, b, other]) keep(caches, each, answer('a'))
    const underWay = [caches.begin(a), caches.begin(b)]
    caches.purge(serverId, 'x:a')
    expect([a, b, other].map((each) => textOf(caches, each))).toEqual([undefined, 'a', 'a'])
    for (const pending of underWay) pending.keep(answer('new'))
    expect([a, b].map((each) => textOf(caches, each))).toEqual([undefined, 'new'])
    caches.purge(serverId)
    expect([a, b, other].map((each) => textOf(caches, each))).toEqual([undefined, undefined, 'a'])
    for (const pending of underWay) pending.end()
    keep(caches, a, answer('again'))
    expect(textOf(caches, a)).toBe('again')
  })

  it('reach a caller whole, whatever another one did to its answer', () => {
    const caches = open()
    const first = answer('a')
    keep(caches, place(), first)
    const found = caches.find(place())
    // As a caller without types.
    for (const each of [first, found]) Object.assign(each?.contents[0] ?? {}, { text: 'changed' })
    expect(textOf(caches, place())).toBe('a')
  })

  it('are at most cachedReads, and the ones that were used longest ago go first', () => {
    const caches = open({ cachedReads: 2 })
    const [a, b, c] = ['x:a', 'x:b', 'x:c'].map((uri) => place({ uri })) as [ReadPlace, ReadPlace, ReadPlace]
    keep(caches, a, answer('a'))
    keep(caches, b, answer('b'))
    caches.find(a)
    keep(caches, c, answer('c'))
    expect([a, b, c].map((each) => textOf(caches, each))).toEqual(['a', undefined, 'c'])
  })

  it('take at most cachedReadBytes, of which a tenant has its share', () => {
    const long = 'x'.repeat(9_000)
    const caches = open({ cachedReadBytes: 80_000 }, 0.5)
    const mine = Array.from({ length: 5 }, (_, n) => place({ uri: `x:${n}` }))
    for (const each of mine) keep(caches, each, answer(long))
    // Each takes about 20,000 bytes.
    expect(mine.filter((each) => caches.find(each)).length).toBe(2)
    const theirs = mine.map((each) => ({ ...each, tenantId: otherTenant }))
    for (const each of theirs) keep(caches, each, answer(long))
    expect(mine.filter((each) => caches.find(each)).length).toBe(2)
    expect(theirs.filter((each) => caches.find(each)).length).toBe(2)
    const third = place({ tenantId: parseTenantId('third') ?? defaultTenant })
    keep(caches, third, answer(long))
    keep(caches, { ...third, uri: 'x:b' }, answer(long))
    const all = [...mine, ...theirs, third, { ...third, uri: 'x:b' }]
    expect(all.filter((each) => caches.find(each)).length).toBe(4)
    keep(caches, place({ uri: 'x:large' }), answer('x'.repeat(50_000)))
    expect(caches.find(place({ uri: 'x:large' }))).toBeUndefined()
  })

  it('are none if the budget is 0', () => {
    const caches = open({ cachedReadBytes: 0 })
    keep(caches, place(), answer('a'))
    expect(caches.find(place())).toBeUndefined()
  })
})
