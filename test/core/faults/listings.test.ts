import { createRegistry, type Registry, type RegistryOptions } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { metered, startEndless } from '../../fixtures/mcp/endless-list.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const MiB = 1024 * 1024
const schema = { type: 'object' }
const toolOf = (name: string, chars = 0) => ({ name, description: 'x'.repeat(chars), inputSchema: schema })

/** Lists pages, each of them made of its number, from 0 on; `undefined` for no next page. */
type Pages = (
  page: number,
  asked: Asked,
) => { readonly tools: readonly unknown[]; readonly isLast?: boolean } | undefined

function startListing(pages: Pages) {
  return startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    const page = Number(asked.params.cursor ?? 0)
    const answer = pages(page, asked)
    if (answer) asked.result({ tools: answer.tools, ...(answer.isLast ? {} : { nextCursor: String(page + 1) }) })
    return true
  })
}

const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

const overBytes = /^LIMIT_EXCEEDED: tools\/list: expected at most 67108864 bytes \(listBytes\), got \d+$/

async function registryWith(budgets: RegistryOptions['budgets']): Promise<Registry> {
  return createRegistry({ budgets: budgets ?? {} })
}

describe('a list in pages of 20 MB without an end', () => {
  it('over HTTP is refused, and takes at most 192 MiB', async () => {
    await using server = await startEndless(20)
    const { codes, grownBytes } = await metered([http(server)])
    expect(codes).toEqual([expect.stringMatching(overBytes)])
    expect(grownBytes).toBeLessThanOrEqual(192 * MiB)
  })

  it('over stdio is refused, and takes at most 192 MiB', async () => {
    const config = scriptedStdio(`
      const description = 'x'.repeat(${MiB - 1_000})
      on((message) => {
        if (message.method !== 'tools/list') return answer(message)
        const page = Number(message.params?.cursor ?? 0)
        const tools = Array.from({ length: 20 }, (_, n) => ({ name: 't' + page + '_' + n, description, inputSchema: {} }))
        send({ id: message.id, result: { tools, nextCursor: String(page + 1) } })
      })`)
    const { codes, grownBytes } = await metered([config])
    expect(codes).toEqual([expect.stringMatching(overBytes)])
    expect(grownBytes).toBeLessThanOrEqual(192 * MiB)
  })

  it('from 8 servers at once is refused to each, and takes at most 256 MiB', async () => {
    // The long form (test/soak/listings.soak.ts) has pages of 20 MB.
    await using server = await startEndless(10)
    const { codes, grownBytes } = await metered(
      Array.from({ length: 8 }, () => http(server)),
      { listBytes: 24 * MiB },
    )
    const message = 'LIMIT_EXCEEDED: tools/list: expected at most 25165824 bytes (listBytes), got '
    expect(codes).toEqual(Array.from({ length: 8 }, () => expect.stringContaining(message)))
    expect(grownBytes).toBeLessThanOrEqual(256 * MiB)
  })

  it('leaves the tools as they were', async () => {
    let isSound = true
    await using server = await startListing((page) =>
      isSound ? { tools: [toolOf('kept')], isLast: true } : { tools: [toolOf(`t${page}`, 300_000)] },
    )
    await using registry = await registryWith({ listBytes: MiB })
    const { id } = await registered(registry, 'a', http(server))
    isSound = false
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringMatching(/^tools\/list: expected at most 1048576 bytes \(listBytes\), got \d+$/),
    })
    expect((await registry.tools.list({ filter: { serverId: [id] } })).edges.map(({ node }) => node.name)).toEqual([
      'kept',
    ])
    expect(registry.stats().budgetRefusals).toMatchObject({ listBytes: 1 })
    expect((await registry.servers.get(id))?.health.lastError).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })
})

describe('a list of a server', () => {
  it.each<[string, RegistryOptions['budgets'], Pages, string]>([
    [
      'of too many tools',
      { listTools: 2_000 },
      (page) => ({ tools: Array.from({ length: 1_500 }, (_, n) => toolOf(`t${page}_${n}`)) }),
      'tools/list: expected at most 2000 tools (listTools), got 3000',
    ],
    [
      'of too many entries that are no tools',
      { listTools: 2_000 },
      () => ({ tools: Array.from({ length: 1_500 }, () => ({})) }),
      'tools/list: expected at most 2000 tools (listTools), got 3000',
    ],
    [
      'of too many pages, with nothing on them',
      { listPages: 20 },
      () => ({ tools: [] }),
      'tools/list: expected at most 20 pages (listPages), got more',
    ],
    [
      'of bytes beside its tools',
      { listBytes: MiB },
      (page) => ({ tools: [{ name: `t${page}`, inputSchema: schema, other: 'x'.repeat(400_000) }] }),
      'tools/list: expected at most 1048576 bytes (listBytes), got 1200',
    ],
    [
      'of text that takes two bytes a character',
      { listBytes: MiB },
      (page) => ({ tools: [toolOf(`t${page}\u{1f600}`, 200_000)], isLast: page === 4 }),
      'tools/list: expected at most 1048576 bytes (listBytes), got ',
    ],
  ])('%s is refused', async (_, budgets, pages, message) => {
    await using server = await startListing(pages)
    await using registry = await registryWith(budgets)
    await expect(registered(registry, 'a', http(server))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining(message),
    })
  })

  it('with a cursor of more than 64 KiB is refused, and one of as much is sent back', async () => {
    const cursorOf = (length: number) =>
      startScripted((asked) => {
        if (asked.method !== 'tools/list') return false
        asked.result({ tools: [], ...(asked.params.cursor === undefined ? { nextCursor: 'c'.repeat(length) } : {}) })
        return true
      })
    await using sound = await cursorOf(65_536)
    await using tooLong = await cursorOf(65_537)
    await using registry = await createRegistry()
    await registered(registry, 'a', http(sound))
    expect(sound.count('tools/list')).toBe(2)
    await expect(registered(registry, 'b', http(tooLong))).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: 'tools/list gave a cursor of 65537 characters; expected at most 65536',
    })
  })

  it('names so many of the tools that it cannot take, and says how many more there are', async () => {
    const tools = Array.from({ length: 50 }, (_, n) => ({ name: `t${n}` }))
    await using server = await startListing(() => ({ tools: [...tools, toolOf('sound')], isLast: true }))
    await using registry = await registryWith({ rejectedTools: 10 })
    const { id } = await registry.servers.create({ name: 'a', config: http(server), refresh: false })
    const { added, rejected } = await (await registry.servers.refresh(id)).result()
    expect(added.map(({ name }) => name)).toEqual(['sound'])
    expect(rejected).toHaveLength(11)
    expect(registry.stats().budgetRefusals).toMatchObject({ rejectedTools: 1 })
    expect(rejected.at(-1)).toEqual({
      name: '40 more',
      reason: 'rejected as well; at most 10 are listed by name (rejectedTools)',
    })
  })

  it('is held to a budget of its own by a preview', async () => {
    await using server = await startListing((page) => ({ tools: [toolOf(`t${page}`, 300_000)], isLast: page === 4 }))
    await using registry = await registryWith({ previewBytes: MiB })
    const { id } = await registered(registry, 'a', http(server))
    await expect(registry.servers.refresh(id, { dryRun: true })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('tools/list: expected at most 1048576 bytes (previewBytes)'),
    })
  })

  it('keeps of the changed fields what there is room for, and says that the other tools changed', async () => {
    let version = 1
    const changing = (n: number) => toolOf(`t${n}`, version * 1_000)
    await using server = await startListing(() => ({
      tools: Array.from({ length: 10 }, (_, n) => changing(n)),
      isLast: true,
    }))
    await using registry = await registryWith({ outcomeBytes: 10_000 })
    const { id } = await registered(registry, 'a', http(server))
    version = 2
    const { updated } = await (await registry.servers.refresh(id)).result()
    const kinds = updated.map(({ changes }) => changes.map(({ pointer }) => pointer).join())
    expect(registry.stats().budgetRefusals).toMatchObject({ outcomeBytes: 1 })
    expect(kinds).toEqual([...Array(3).fill('/description'), ...Array(7).fill('')])
  })
})

describe('large lists', () => {
  /** What may be held freely is 256 KiB then. */
  const tight = { listBytes: MiB, listingBytes: MiB }

  it('that are read at the same time all come to their end, one after the other, by turns of tenants', async () => {
    const pages: Pages = (page) => ({ tools: [toolOf(`t${page}`, 300_000)], isLast: page === 2 })
    await using server = await startListing(pages)
    await using registry = await registryWith(tight)
    const all = Array.from({ length: 8 }, (_, n) => registry.tenant(n < 6 ? 'many' : 'few'))
    await Promise.all(all.map((tenant, n) => registered({ ...registry, ...tenant }, `s${n}`, http(server))))
    // A page that could not be held was asked for again.
    expect(server.count('tools/list')).toBeGreaterThan(8 * 3)
  })

  it('give way when they are slow and others wait, and the server is said to be at fault', async () => {
    await using slow = await startListing((page) => (page === 0 ? { tools: [toolOf('t', 300_000)] } : undefined))
    await using quick = await startListing(() => ({ tools: [toolOf('t', 300_000)], isLast: true }))
    await using registry = await registryWith({ ...tight, largeListMs: 100 })
    const { id } = await registry.servers.create({ name: 'slow', config: http(slow), refresh: false })
    const second = slow.next('tools/list').then(() => slow.next('tools/list'))
    const holding = await registry.servers.refresh(id)
    const ended = holding.result().catch((error: unknown) => error)
    await second
    const other = registry.tenant('other')
    await registered({ ...registry, ...other }, 'quick', http(quick))
    expect(await ended).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      retryable: true,
      message:
        'A large tools/list, while other lists wait for their turn: expected at most 100 ms (largeListMs), got more',
    })
    expect((await registry.servers.get(id))?.health.lastError).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })

  it('that wait for their turn are within their deadlines, which is no fault of their server', async () => {
    await using slow = await startListing((page) => (page === 0 ? { tools: [toolOf('t', 300_000)] } : undefined))
    await using quick = await startListing(() => ({ tools: [toolOf('t', 300_000)], isLast: true }))
    await using registry = await registryWith(tight)
    const holder = await registry.servers.create({ name: 'slow', config: http(slow), refresh: false })
    const second = slow.next('tools/list').then(() => slow.next('tools/list'))
    const holding = await registry.servers.refresh(holder.id)
    await second
    const { id } = await registry.servers.create({ name: 'quick', config: http(quick), refresh: false })
    const job = await registry.servers.refresh(id, { timeouts: { requestMs: 300, maxTotalMs: 300 } })
    await expect(job.result()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('maxTotalMs'),
    })
    expect((await registry.servers.get(id))?.status).toBe('READY')
    await holding.cancel()
    await (await registry.servers.refresh(id)).result()
  })
})
