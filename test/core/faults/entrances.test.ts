import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { budgetNames } from '@toolyard/core/internal/budgets'
import { describe, expect, it } from 'vitest'
import { costsOfEntrances, harmful, holding } from '../../fixtures/process/entrances/costs-of-entrances.ts'
import { entrances, heldElsewhere } from '../../fixtures/process/entrances/entrances.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

describe('each budget', () => {
  it('bounds an entrance, or says which test holds it', () => {
    const bounding = new Set<string>([...entrances.flatMap(({ budgets }) => budgets), ...Object.keys(heldElsewhere)])
    expect([...bounding].toSorted()).toEqual(budgetNames.toSorted())
  })

  it.each(Object.values(heldElsewhere))('by $file, which says $says', ({ file, says }) => {
    expect(readFileSync(`${root}/${file}`, 'utf8')).toContain(says)
  })
})

describe('the largest thing that each entrance lets in', () => {
  it('gets in again and again, holds the loop for less than 100 ms, and leaves nothing behind', async () => {
    const bringIn = async () => {
      const costs = await costsOfEntrances(16 * 2 ** 20, 2)
      expect(costs.map(({ name }) => name)).toEqual(entrances.map(({ name }) => name))
      expect(harmful(costs)).toEqual([])
      return costs
    }
    expect(await holding(bringIn)).toEqual({})
  }, 240_000)
})
