import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createId } from '../base/ids.ts'
import type { StoredDefinition } from '../storage/storage.ts'
import { createForgetting } from './forgetting.ts'

const stored = (name: string, removedAt: number | null): StoredDefinition => ({
  id: createId('tool'),
  name,
  removedAt,
  definitionText: '{}',
  quarantine: null,
})

it('remembers the newest removed tools, those within their days alone, and every tool that is there', () => {
  const removedAt = fc.option(fc.integer({ min: 1, max: 20 }))
  fc.assert(
    fc.property(fc.array(removedAt), fc.nat(5), fc.nat(20), fc.nat(9), (times, keep, before, every) => {
      const tools = times.map((at, n) => stored(`t${n}`, at))
      const listed = new Set(tools.flatMap(({ name }, n) => (every > 0 && n % every === 0 ? name : [])))
      const forgetting = createForgetting<StoredDefinition>(listed, { keep, before })
      const half = tools.length >> 1
      const sifted = [...forgetting.sift(tools.slice(0, half)), ...forgetting.sift(tools.slice(half))]
      const replaced = new Set(forgetting.replaced)
      expect(sifted).toEqual(tools.filter(({ id }) => !replaced.has(id)))
      const gone = new Set(forgetting.surplus)
      const left = tools.filter(({ id, name, removedAt: at }) => at !== null && !gone.has(id) && !listed.has(name))
      expect(left.length).toBeLessThanOrEqual(keep)
      const oldest = Math.min(...left.map(({ removedAt: at }) => at ?? 0))
      expect(left.every(({ removedAt: at }) => at !== null && at >= before)).toBe(true)
      for (const { id, name, removedAt: at } of tools) {
        const isForgotten = gone.has(id)
        if (at === null || listed.has(name)) expect(isForgotten).toBe(false)
        if (isForgotten && left.length < keep) expect(at).toBeLessThan(before)
        if (isForgotten && at !== null && at >= before) expect(at).toBeLessThanOrEqual(oldest)
        expect(replaced.has(id)).toBe(at !== null && at < before && listed.has(name))
      }
    }),
  )
})
