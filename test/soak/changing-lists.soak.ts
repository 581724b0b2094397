import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { openEvents, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { inForm } from './form.ts'

const namesAtOnce = 2_000
const seconds = inForm(60, 30)
const MiB = 1024 * 1024

/** Lists 2,000 other names each time, and says at once that they have changed. */
async function startChanging() {
  let lists = 0
  let send: ((message: object) => void) | undefined
  const tell = () => send?.({ method: 'notifications/tools/list_changed' })
  const server = await startScripted((asked) => {
    if (asked.method === 'GET') {
      send = openEvents(asked)
      return true
    }
    if (asked.method !== 'tools/list') return false
    lists += 1
    const tools = Array.from({ length: namesAtOnce }, (_, n) => ({
      name: `tool-${lists}-${n}`,
      description: 'd'.repeat(200),
      inputSchema: { type: 'object' },
    }))
    asked.result({ tools })
    tell()
    return true
  })
  return { server, tell, lists: () => lists }
}

async function attacked(attack: (registry: Registry, id: string, tell: () => void) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const path = join(folder, 'registry.db')
  const { server, tell, lists } = await startChanging()
  const registry = await createRegistry({ storage: sqliteStorage({ path }) })
  const bytes = async () => {
    const sizes = await Promise.all([path, `${path}-wal`].map(async (file) => (await stat(file)).size))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
  try {
    const listening = server.next('GET')
    const { id } = await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    await listening
    const sizes: number[] = []
    const sampling = setInterval(() => void bytes().then((size) => sizes.push(size)), 1_000)
    await attack(registry, id, tell)
    clearInterval(sampling)
    sizes.push(await bytes())
    const rows = await registry.tools.count({ includeRemoved: true })
    return { sizes, rows, lists: lists() }
  } finally {
    await registry.close()
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
}

/** From a third of the time on, the database is as large as it gets. */
function expectFlat(sizes: readonly number[]): void {
  const third = Math.ceil(sizes.length / 3)
  const [early, late] = [Math.max(...sizes.slice(0, third)), Math.max(...sizes.slice(third))]
  expect(late).toBeLessThan(early * 1.25 + MiB)
}

// At once: the first mostly waits.
describe.concurrent('the database stays as large as it was', () => {
  it(`with a server that lists other names at each list_changed, for ${seconds} s`, async () => {
    const { sizes, rows, lists } = await attacked(async (_, __, tell) => {
      const telling = setInterval(tell, 1)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
      clearInterval(telling)
    })
    expectFlat(sizes)
    expect(Math.max(...sizes)).toBeLessThan(64 * MiB)
    expect(rows).toBeLessThanOrEqual(2 * namesAtOnce + 1_000)
    // The first one, 30 in a row, and two a minute.
    expect(lists).toBeLessThanOrEqual(35)
  })

  it(`with a client that refreshes such a server again and again, for ${seconds} s`, async () => {
    const { sizes, rows, lists } = await attacked(async (registry, id) => {
      for (const until = performance.now() + seconds * 1_000; performance.now() < until; ) {
        await (await registry.servers.refresh(id)).result()
      }
    })
    expectFlat(sizes)
    expect(Math.max(...sizes)).toBeLessThan(64 * MiB)
    expect(rows).toBeLessThanOrEqual(2 * namesAtOnce + 1_000)
    expect(lists).toBeGreaterThan(10)
  })
})
