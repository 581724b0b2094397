import type { Registry, ToolListOptions } from '@toolyard/core'
import { expect, it } from 'vitest'
import { anonymous } from '../access/caller.ts'
import { emptyPage } from '../schema/connections.ts'
import { createContext } from './context.ts'

function contextOver(
  listByServer: (ids: readonly string[], options?: ToolListOptions) => Promise<ReadonlyMap<string, typeof emptyPage>>,
) {
  // The loaders under test read nothing else.
  const ofTenant = {
    servers: {},
    tools: { listByServer },
    resources: { templates: {} },
    prompts: {},
    refreshes: {},
    runs: {},
  }
  const registry = { tenant: () => ofTenant } as unknown as Registry
  return createContext(registry, anonymous).loaders.toolsOfServer
}

it('reads equal pages of different servers once, and asks for each server once', async () => {
  const reads: unknown[] = []
  const pages = contextOver(async (ids, options) => {
    reads.push([ids, options])
    return new Map(ids.map((id) => [id, emptyPage]))
  })
  const keys = [
    ['a', 5],
    ['b', 5],
    ['a', 5],
    ['a', 7],
  ] as const
  const found = await Promise.all(keys.map(([parentId, first]) => pages.load({ parentId, options: { first } })))
  expect(found).toEqual([emptyPage, emptyPage, emptyPage, emptyPage])
  expect(reads).toEqual([
    [['a', 'b'], { first: 5 }],
    [['a'], { first: 7 }],
  ])
})

it('fails only the fields whose own page is refused', async () => {
  const refusal = new Error('first: expected at most 100')
  const pages = contextOver(async (_, options) => {
    if (options?.first === 500) throw refusal
    return new Map()
  })
  const [taken, refused] = await Promise.allSettled([
    pages.load({ parentId: 'a', options: { first: 5 } }),
    pages.load({ parentId: 'a', options: { first: 500 } }),
  ])
  expect(taken).toEqual({ status: 'fulfilled', value: undefined })
  expect(refused).toEqual({ status: 'rejected', reason: refusal })
})
