import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, isRegistryError, type McpTool, type RefreshJobEvent, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { behaviourTools, fixtureStdio, oddTools, startFixture, thousandTools } from '../fixtures/mcp/mcp-fixture.ts'

let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
})
afterEach(() => registry.close())

async function register(serverUrl: string, name = 'fixture') {
  return registry.servers.create({ name, config: { transport: 'streamableHttp', serverUrl }, refresh: false })
}

async function refreshOf(id: string) {
  return (await registry.servers.refresh(id)).result()
}

const names = (tools: readonly McpTool[]) => tools.map(({ name }) => name).sort()

describe('a refresh', () => {
  it('tells of each page, of each changed tool, and ends with the end', async () => {
    await using fixture = await startFixture({ tools: thousandTools(50), pageSize: 10 })
    const server = await register(fixture.url)
    const job = await registry.servers.refresh(server.id)
    const events: RefreshJobEvent[] = []
    for await (const event of job.events()) events.push(event)

    const listed = events.flatMap((event) =>
      event.type === 'RefreshPhaseChanged' && event.phase === 'LISTING' ? [event.done] : [],
    )
    expect(listed).toEqual([0, 10, 20, 30, 40, 50])
    expect(events.filter(({ type }) => type === 'RefreshToolChanged')).toHaveLength(50)
    expect(events.at(0)?.type).toBe('RefreshStarted')
    expect(events.at(-1)).toMatchObject({ type: 'RefreshFinished', status: 'SUCCEEDED' })
  })

  it('gives a late subscriber everything, and one with a cursor what it missed', async () => {
    await using fixture = await startFixture()
    const server = await register(fixture.url)
    const job = await registry.servers.refresh(server.id)
    await job.result()
    const all: RefreshJobEvent[] = []
    for await (const event of job.events()) all.push(event)
    const rest: RefreshJobEvent[] = []
    for await (const event of job.events({ after: all[2]?.cursor })) rest.push(event)
    expect(rest).toEqual(all.slice(3))
    const none: RefreshJobEvent[] = []
    for await (const event of job.events({ after: all.at(-1)?.cursor })) none.push(event)
    expect(none).toEqual([])
  })

  it('keeps ids and settings, and tells field by field what changed', async () => {
    const tool = (description: string) => ({
      name: 'search',
      description,
      inputSchema: { type: 'object', properties: { 'a/b': { type: 'string' }, constructor: { type: 'number' } } },
    })
    await using fixture = await startFixture({
      tools: [tool('one'), { name: 'gone', inputSchema: { type: 'object' } }],
    })
    const server = await register(fixture.url)
    const first = await refreshOf(server.id)
    const [search] = first.added.filter(({ name }) => name === 'search')
    await registry.tools.set(search?.id ?? '', { tags: ['mine'], enabled: false, returnCharLimit: 10 })

    fixture.setTools([
      {
        ...tool('two'),
        inputSchema: { type: 'object', properties: { 'a/b': { type: 'integer' }, toString: { type: 'null' } } },
      },
      { name: 'new', inputSchema: { type: 'object' } },
    ])
    const second = await refreshOf(server.id)
    expect(names(second.added)).toEqual(['new'])
    expect(names(second.deleted)).toEqual(['gone'])
    expect(second.updated).toHaveLength(1)
    expect(second.updated[0]?.changes).toEqual([
      { pointer: '/description', before: 'one', after: 'two' },
      { pointer: '/inputSchema/properties/a~1b/type', before: 'string', after: 'integer' },
      { pointer: '/inputSchema/properties/constructor', before: { type: 'number' } },
      { pointer: '/inputSchema/properties/toString', after: { type: 'null' } },
    ])
    expect(second.updated[0]?.tool).toMatchObject({
      id: search?.id,
      tags: ['mine'],
      enabled: false,
      returnCharLimit: 10,
    })
  })

  it('counts what is the same as unchanged, whatever the order of its keys', async () => {
    await using fixture = await startFixture({ tools: [{ name: 'a', inputSchema: { type: 'object', title: 'T' } }] })
    const server = await register(fixture.url)
    await refreshOf(server.id)
    fixture.setTools([{ inputSchema: { title: 'T', type: 'object' }, name: 'a' }])
    expect(await refreshOf(server.id)).toMatchObject({ added: [], updated: [], deleted: [], unchangedCount: 1 })
  })

  it('gives a tool that comes back the id that it had', async () => {
    await using fixture = await startFixture({ tools: [{ name: 'a', inputSchema: { type: 'object' } }] })
    const server = await register(fixture.url)
    const [before] = (await refreshOf(server.id)).added
    fixture.setTools([])
    expect(names((await refreshOf(server.id)).deleted)).toEqual(['a'])
    expect(await registry.tools.get({ server: 'fixture', tool: 'a' })).toBeUndefined()
    fixture.setTools([{ name: 'a', inputSchema: { type: 'object' } }])
    expect((await refreshOf(server.id)).added.map(({ id }) => id)).toEqual([before?.id])
  })

  it('tells what it would change, and changes nothing, as a dry run', async () => {
    const one = { name: 'a', inputSchema: { type: 'object' } }
    const two = { name: 'b', inputSchema: { type: 'object' } }
    await using fixture = await startFixture({ tools: [one, two] })
    const server = await register(fixture.url)
    await refreshOf(server.id)
    const before = await registry.tools.list({ filter: { includeRemoved: true } })
    const latest = await registry.refreshes.latestByServer([server.id])
    const three = { name: 'c', description: 'C', inputSchema: { type: 'object' } }
    fixture.setTools([{ ...one, description: 'A' }, three, { name: '' }])
    expect(await registry.servers.refresh(server.id, { dryRun: true })).toMatchObject({
      added: [three],
      updated: [{ tool: { name: 'a', description: null }, changes: [{ pointer: '/description', after: 'A' }] }],
      deleted: [{ name: 'b', removedAt: null }],
      unchangedCount: 0,
      rejected: [{ reason: expect.any(String) }],
      listed: [
        { definition: { name: 'a', description: 'A' }, schemaHealth: { status: 'NON_STRICT_ONLY' } },
        { definition: three, schemaHealth: { status: 'NON_STRICT_ONLY' } },
      ],
      connectMs: expect.any(Number),
      listMs: expect.any(Number),
    })
    expect(await registry.tools.list({ filter: { includeRemoved: true } })).toEqual(before)
    expect(await registry.refreshes.latestByServer([server.id])).toEqual(latest)
    await fixture.close()
    const failing = registry.servers.refresh(server.id, { dryRun: true })
    await expect(failing).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      details: { systemCode: 'ECONNREFUSED' },
    })
  })

  it('runs for every enabled server at the start where that is asked for, and one that fails stops nothing', async () => {
    await using fixture = await startFixture()
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    const storage = sqliteStorage({ path: join(folder, 'registry.db') })
    const first = await createRegistry({ storage })
    const ids: string[] = []
    for (const [name, serverUrl] of [
      ['a', 'http://127.0.0.1:1/mcp'],
      ['b', fixture.url],
      ['c', fixture.url],
    ] as const) {
      const config = { transport: 'streamableHttp', serverUrl } as const
      ids.push((await first.servers.create({ name, config, refresh: false })).id)
    }
    await first.close()
    await using second = await createRegistry({ storage, refreshOnStart: true, budgets: { refreshes: 1 } })
    const statuses = async () =>
      (await Promise.all(ids.map((id) => second.servers.get(id)))).map((each) => each?.status)
    await expect.poll(statuses).toEqual(['ERROR', 'READY', 'READY'])
    await second.close()
    await rm(folder, { recursive: true })
  })

  it('takes each definition on its own merits and says why it did not take the others', async () => {
    await using fixture = await startFixture({ tools: oddTools })
    const server = await register(fixture.url)
    const { added, rejected } = await refreshOf(server.id)
    expect(names(added)).toEqual([
      'dangling_ref',
      'decorated',
      'draft_07',
      'draft_2020_12',
      'local_ref',
      'null_description',
      'prototype_properties',
      'root_without_type',
      'twin',
      'with_output_schema',
    ])
    const reasons = rejected.map(({ reason }) => reason).join('\n')
    expect(rejected).toHaveLength(oddTools.length - added.length)
    expect(reasons).toContain('/inputSchema/type: expected "object", got "string"')
    expect(reasons).toContain('/description: expected a string, got a number')
    expect(reasons).toContain('nested more than 64 deep')
    expect(added.find(({ name }) => name === 'twin')?.description).toBe('The first of two')
  })

  it('finds no tools on a server without the capability', async () => {
    const server = await registry.servers.create({
      name: 'bare',
      config: { transport: 'stdio', ...fixtureStdio('without-tools') },
      refresh: false,
    })
    expect(await refreshOf(server.id)).toMatchObject({ added: [], unchangedCount: 0, rejected: [] })
  })

  it.each([
    ['the same cursor twice', { repeatCursor: true }, 'PROTOCOL_ERROR', 'same cursor twice'],
    ['pages without end', { endlessPages: true }, 'LIMIT_EXCEEDED', 'at most 1000 pages (listPages)'],
    [
      'an error for tools/list',
      { listError: { code: -32603, message: 'boom' } },
      'PROTOCOL_ERROR',
      'JSON-RPC error -32603',
    ],
  ])('fails on %s and says so', async (_, scenario, code, message) => {
    await using fixture = await startFixture(scenario)
    const server = await register(fixture.url)
    await expect(refreshOf(server.id)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    expect((await registry.servers.get(server.id))?.status).toBe('DEGRADED')
  })

  it('joins the one that runs already', async () => {
    await using fixture = await startFixture({ tools: thousandTools(20), pageSize: 1, pageDelayMs: 5 })
    const server = await register(fixture.url)
    const first = await registry.servers.refresh(server.id)
    const second = await registry.servers.refresh(server.id)
    expect([first.deduplicated, second.deduplicated]).toEqual([false, true])
    expect(second.id).toBe(first.id)
    await second.result()
    expect((await registry.servers.refresh(server.id)).id).not.toBe(first.id)
  })

  it('leaves the stored tools alone when it is cancelled', async () => {
    await using fixture = await startFixture({ tools: behaviourTools })
    const server = await register(fixture.url)
    const { added } = await refreshOf(server.id)
    fixture.change({ tools: thousandTools(20), pageSize: 1, pageDelayMs: 1_000 })
    const job = await registry.servers.refresh(server.id)
    for await (const event of job.events()) {
      if (event.type === 'RefreshPhaseChanged' && event.phase === 'LISTING') await job.cancel('enough')
    }
    await expect(job.result()).rejects.toMatchObject({
      code: 'CANCELED',
      message: 'Canceled by the caller: enough',
      details: { canceledBy: 'CALLER' },
    })
    expect(await registry.tools.count({ serverId: [server.id] })).toBe(added.length)
  })

  it('goes on with a new session when the server has forgotten the old one', async () => {
    await using fixture = await startFixture()
    const server = await register(fixture.url)
    await refreshOf(server.id)
    fixture.forgetSessions()
    expect((await refreshOf(server.id)).unchangedCount).toBe(behaviourTools.length)
    expect(fixture.calls.filter(({ method }) => method === 'initialize')).toHaveLength(2)
  })

  it('registers a server that cannot be reached, and its status says why', async () => {
    const closed = await startFixture()
    await closed.close()
    const server = await registry.servers.create({
      name: 'nowhere',
      config: { transport: 'streamableHttp', serverUrl: closed.url },
    })
    const latest = (await registry.refreshes.latestByServer([server.id])).get(server.id)
    const refresh = await registry.refreshes.wait(latest?.id ?? '')
    expect(refresh).toMatchObject({ status: 'FAILED', error: { code: 'CONNECT_FAILED', retryable: true } })
    const stored = await registry.servers.get(server.id)
    expect(stored).toMatchObject({ status: 'ERROR', health: { consecutiveFailures: 1 } })
    expect(stored?.health.lastError?.message).toContain('ECONNREFUSED')
  })

  it('names the command that does not exist, and keeps what a child said before it ended', async () => {
    const missing = await registry.servers.create({
      name: 'missing',
      config: { transport: 'stdio', command: 'no-such-command-here' },
      refresh: false,
    })
    await expect(refreshOf(missing.id)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('"no-such-command-here" was not found (ENOENT)'),
    })
    const dying = await registry.servers.create({
      name: 'dying',
      config: { transport: 'stdio', ...fixtureStdio({ exitOnStart: ['no licence found'] }) },
      refresh: false,
    })
    await expect(refreshOf(dying.id)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('exited with code 3'),
      details: { stderrTail: ['no licence found'] },
    })
  })

  it.each([401, 403])('asks for authorization where the server answers %i', async (status) => {
    await using fixture = await startFixture({ status })
    const server = await register(fixture.url)
    await expect(refreshOf(server.id)).rejects.toMatchObject({ code: 'AUTH_REQUIRED', details: { httpStatus: status } })
    expect((await registry.servers.get(server.id))?.status).toBe('NEEDS_AUTH')
  })

  it('survives a banner on stdout', async () => {
    const server = await registry.servers.create({
      name: 'banner',
      config: { transport: 'stdio', ...fixtureStdio({ banner: 'Welcome!' }) },
      refresh: false,
    })
    expect((await refreshOf(server.id)).added).toHaveLength(behaviourTools.length)
  })

  it('refreshes all enabled servers, and one that fails does not touch the others', async () => {
    await using fixture = await startFixture()
    await register(fixture.url, 'a')
    await register(fixture.url, 'b')
    await register('http://127.0.0.1:1/mcp', 'c')
    const off = await register(fixture.url, 'd')
    await registry.servers.update(off.id, { enabled: false })
    const jobs = await registry.servers.refreshAll()
    const ended = await Promise.allSettled(jobs.map((job) => job.result()))
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  })

  it('rejects a cursor of another job, and an invalid id', async () => {
    await using fixture = await startFixture()
    const server = await register(fixture.url)
    const first = await registry.servers.refresh(server.id)
    await first.result()
    const second = await registry.servers.refresh(server.id)
    const { value } = await second.events().next()
    expect(() => first.events({ after: value?.cursor })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path: ['after'] }),
    )
    expect(() => registry.refreshes.events('refr_nope')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    await registry.refreshes
      .events(`refr_${'0'.repeat(32)}`)
      .next()
      .catch((error: unknown) => {
        expect(isRegistryError(error, 'NOT_FOUND')).toBe(true)
      })
  })
})
