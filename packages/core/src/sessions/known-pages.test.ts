import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultTenant } from '../base/ids.ts'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import { createIncoming } from './incoming/incoming.ts'
import { createAllowance, createRate } from './incoming/rate.ts'
import type { JsonRpcMessage } from './json-rpc.ts'
import { KnownPages } from './known-pages.ts'

const frameOf = (text: string, cut = Number.POSITIVE_INFINITY) => {
  const bytes = Buffer.from(text)
  const parts = cut < bytes.length ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes]
  return { parts, size: bytes.length, release: () => undefined }
}

describe('known pages', () => {
  it('have the same bytes but for the id, however they came in', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(9),
        fc.nat(99_999),
        fc.string(),
        fc.nat(40),
        fc.nat(40),
        (a, one, two, b, x, y) => {
          const pages = new KnownPages()
          const of = (id: number, cut: number) => [frameOf(`${a}${id}${b}`, cut), placeOf(id)] as const
          const placeOf = (id: number) => {
            const start = Buffer.byteLength(a)
            return { start, end: start + String(id).length }
          }
          const see = (id: number, cut: number) => pages.see(...of(id, cut), 'scope')
          expect(see(one, x)).toBeUndefined()
          expect(see(two, y)?.known).toBeUndefined()
          see(two, y)?.remember({ rest: { nextCursor: 'n' }, entries: [] })
          expect(see(one, y)?.known).toEqual({ rest: { nextCursor: 'n' }, entries: [] })
          expect(pages.see(...of(one, x), 'another scope')).toBeUndefined()
          expect(pages.see(frameOf(`${a}${one}${b}!`), placeOf(one), 'scope')).toBeUndefined()
        },
      ),
    )
  })

  it('are forgotten once they would take too much memory', () => {
    const pages = new KnownPages()
    const entries = Array.from({ length: 10_000 }, (_, n) => ({ name: `tool_${n}`, digest: 'd' }))
    const see = (n: number) => pages.see(frameOf(`1${n}`), { start: 0, end: 1 }, '')
    for (let n = 0; n < 10; n += 1) {
      see(n)
      see(n)?.remember({ rest: {}, entries })
    }
    expect(see(9)?.known).toBeDefined()
    expect(see(0)).toBeUndefined()
  })
})

describe('an answer of known bytes', () => {
  function open() {
    const meter = createBudgetMeter(resolveBudgets({}))
    const rate = createRate(createAllowance(1_000))
    const messages: JsonRpcMessage[] = []
    const faults: Error[] = []
    const methods = new Map<number, string>()
    const incoming = createIncoming({
      limits: { meter, bodyIdleMs: 60_000, readingSteps: [], tenantId: defaultTenant, rate, pages: new KnownPages() },
      awaited: { methodOf: (id) => methods.get(id), answered: (id) => methods.delete(id) },
      onMessage: (message) => messages.push(message),
      onFault: (error) => faults.push(error),
      send: () => Promise.resolve(),
      onStuck: () => undefined,
    })
    const read = async (id: number, text: string, method = 'tools/list') => {
      methods.set(id, method)
      await incoming.read(frameOf(text))
      // The result of an answer has what answerMessage boxed.
      return messages.pop() as {
        readonly id: number
        readonly result?: { readonly boxed: object; readonly repeated?: { remember: (page: object) => void } }
      }
    }
    return { read, faults, incoming }
  }
  const tools = JSON.stringify([{ name: 'a', description: 'x'.repeat(3_000) }])

  it.each([
    ['first', (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{"tools":${tools}}}`],
    ['last', (id: number) => `{"result":{"tools":${tools}},"jsonrpc":"2.0", "id": ${id} }\n`],
    ['before its version', (id: number) => `{"result":{"tools":${tools}},"id":${id},"jsonrpc":"2.0"}`],
  ])('is found with its id %s, and belongs to that request', async (_, text) => {
    const { read } = open()
    expect((await read(1, text(1))).result?.repeated).toBeUndefined()
    const again = await read(12, text(12))
    expect(again).toMatchObject({ id: 12, result: { boxed: { tools: JSON.parse(tools) } } })
    again.result?.repeated?.remember({ rest: { tools: [] }, entries: [{ name: 'a', digest: 'd' }] })
    const known = await read(345, text(345))
    expect(known).toMatchObject({ id: 345, result: { boxed: { tools: [] } } })
    // Of another list, it is another page.
    expect((await read(7, text(7), 'prompts/list')).result?.repeated).toBeUndefined()
    expect((await read(8, text(8), 'tools/call')).result?.boxed).toEqual({ tools: JSON.parse(tools) })
  })

  it('is looked for in whole messages alone: what is broken fails its request, and an id in quotes is read', async () => {
    const { read, faults } = open()
    const broken = `{"jsonrpc":"2.0","id":1,"result":{"tools":${tools}}`
    for (let times = 0; times < 3; times += 1) expect(await read(1, broken)).toMatchObject({ id: 1, error: {} })
    expect(faults).toHaveLength(3)
    const quoted = `{"jsonrpc":"2.0","id":"1","result":{"tools":${tools}}}`
    for (let times = 0; times < 3; times += 1) {
      const { result } = await read(1, quoted)
      expect(result?.boxed).toEqual({ tools: JSON.parse(tools) })
      expect(result?.repeated).toBeUndefined()
    }
  })
})
