import { setTimeout as delay } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createId,
  createNodeId,
  defaultTenant,
  type NodeId,
  parseTenantId,
  type RunId,
} from '../../packages/core/src/base/ids.ts'
import { feedOf } from '../../packages/core/src/model/events.ts'
import { parseSearch } from '../../packages/core/src/search/tool-search.ts'
import { postgresStorage } from '../../packages/core/src/storage/postgres.ts'
import { postgresMigrations } from '../../packages/core/src/storage/sql/migrations/postgres-migrations.ts'
import type {
  ChangeNotification,
  Storage,
  StorageAdapter,
  TenantStorage,
} from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres/postgres.ts'
import { expectClosed } from './expect-closed.ts'
import { describeFeatureSearch } from './feature-search-suite.ts'
import { describeFeatures } from './feature-suite.ts'
import { describeLargeCommits } from './large-commits-suite.ts'
import { describeOAuth } from './oauth-suite.ts'
import { describePauses } from './pause-suite.ts'
import { run, server, tool } from './records.ts'
import { describeSearch } from './search-suite.ts'
import { describeStorage } from './storage-suite.ts'

const started = await startPostgres()
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)

/** Leaves the tables as a migration makes them: most are empty, and to truncate one makes new files for it and its indexes. */
const emptyTables = `
  set session_replication_role = replica;
  do $$ declare name regclass; begin
    for name in select oid from pg_class
      where relnamespace = to_regnamespace('toolyard') and relkind = 'r' and relname not like 'kysely%'
    loop execute format('delete from %s', name); end loop;
    for name in select oid from pg_class where relnamespace = to_regnamespace('toolyard') and relkind = 'S'
    loop execute format('alter sequence %s restart', name); end loop;
  end $$`

interface Reused {
  readonly connectionString: string
  /** Stays connected from one test to the next. */
  readonly client: pg.Client
}

describe.skipIf(typeof started === 'string')('PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(() => {
    if (typeof started === 'string') throw new Error(started)
    postgres = started
  })
  /** Databases that are free for reuse: creating one takes longer than most tests. */
  const free: Reused[] = []
  const clients: pg.Client[] = []
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await postgres[Symbol.asyncDispose]()
  })

  async function createReusable(): Promise<Reused> {
    const connectionString = await postgres.create()
    const client = new pg.Client({ connectionString })
    const reused = { connectionString, client }
    clients.push(client)
    // A test that ends connections ends this one, too.
    client.on('error', () => {
      if (free.includes(reused)) free.splice(free.indexOf(reused), 1)
    })
    await client.connect()
    return reused
  }

  const emptyStorage = (): StorageAdapter => ({
    async open() {
      const reused = free.pop() ?? (await createReusable())
      const { connectionString, client } = reused
      await client.query(emptyTables)
      const storage = await postgresStorage({ connectionString, poolSize: 3 }).open()
      const close = async () => {
        await storage.close()
        free.push(reused)
      }
      return { ...storage, close }
    },
  })
  describeStorage('the PostgreSQL storage', emptyStorage)
  describeSearch('the PostgreSQL storage', emptyStorage)
  describeLargeCommits('the PostgreSQL storage', emptyStorage)
  describeOAuth('the PostgreSQL storage', emptyStorage)
  describeFeatures('the PostgreSQL storage', emptyStorage)
  describeFeatureSearch('the PostgreSQL storage', emptyStorage)
  describePauses('the PostgreSQL storage', emptyStorage)

  it('answers a tenant while another one’s reads hold all the connections that it may have', async () => {
    const connectionString = await postgres.create()
    const storage = await postgresStorage({ connectionString, poolSize: 4, timeoutMs: 5_000 }).open()
    const [attacker, victim] = ['attacker', 'victim'].map((name) =>
      storage.tenant(parseTenantId(name) ?? defaultTenant),
    )
    const locking = new pg.Client({ connectionString })
    await locking.connect()
    await locking.query('begin; lock table toolyard.runs in access exclusive mode')
    const held = Array.from({ length: 20 }, () => attacker?.runs.count({}))
    await expect(victim?.servers.count({})).resolves.toBe(0)
    // Nodes tell that they live by the same connections.
    await expect(storage.nodes()).resolves.toEqual([])
    await locking.query('rollback')
    await expect(Promise.all(held)).resolves.toEqual(held.map(() => 0))
    await locking.end()
    await storage.close()
  })

  it('is not read or written after it was closed', async () => {
    const storage = await postgresStorage({ connectionString: await postgres.create(), poolSize: 3 }).open()
    await storage.close()
    await expectClosed(storage)
  })

  it('is made by one of ten nodes that begin at once', async () => {
    const connectionString = await postgres.create()
    const nodes = await Promise.all(Array.from({ length: 10 }, () => postgresStorage({ connectionString }).open()))
    for (const node of nodes) expect(await node.nodes()).toEqual([])
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('of an earlier version is brought to this one, with all that is in it', async () => {
    const connectionString = await postgres.create()
    const client = new pg.Client({ connectionString, options: '-c search_path=toolyard' })
    await client.connect()
    await client.query('create schema toolyard')
    const connect = async () => Object.assign(client, { release: () => undefined })
    const dialect = new PostgresDialect({ pool: { connect, end: async () => undefined, options: {} } })
    const first = Object.entries(postgresMigrations).slice(0, 1)
    const getMigrations = async () => Object.fromEntries(first)
    const migrator = new Migrator({ db: new Kysely({ dialect }), provider: { getMigrations } })
    expect((await migrator.migrateToLatest()).error).toBeUndefined()
    const old = run(tool(server().id, 'a'))
    await client.query(
      `insert into runs (id, tenant, server_id, server_name, tool_id, tool_name, status, created_at, args, metadata)
        values ($1, 'default', $2, $3, $4, $5, 'SUCCEEDED', 1, '{}', '{}')`,
      [old.id, old.serverId, old.serverName, old.toolId, old.toolName],
    )
    await client.end()
    const storage = await postgresStorage({ connectionString }).open()
    try {
      const tenant = storage.tenant(defaultTenant)
      expect(await tenant.runs.get(old.id)).toMatchObject({ status: 'SUCCEEDED', traceId: null })
      const call = run(tool(server().id, 'a'))
      await tenant.commit([{ kind: 'insertRun', run: call }])
      expect(await tenant.runs.get(call.id)).toEqual(call)
    } finally {
      await storage.close()
    }
  })

  it('of a version before tools could be searched has them indexed', async () => {
    const connectionString = await postgres.create()
    const adapter = postgresStorage({ connectionString })
    const one = server({ name: 'GitHub' })
    const first = await adapter.open()
    await first.tenant(defaultTenant).commit([
      { kind: 'insertServer', server: one },
      { kind: 'insertTools', tools: Array.from({ length: 1_200 }, (_, n) => tool(one.id, `listIssues_${n}`)) },
    ])
    await first.close()
    const client = new pg.Client({ connectionString, options: '-c search_path=toolyard' })
    await client.connect()
    await client.query(`
      drop table tool_index, unindexed_servers, feature_index, unindexed_features, tools_to_index, features_to_index, oauth_grants, oauth_clients, oauth_flows, features, run_pauses;
      drop function tools_leave_index cascade; drop function features_leave_index cascade;
      alter table tools drop column words; alter table servers drop column words;
      alter table tools drop column approval_policy, drop column holds_hints; alter table runs drop column approval, drop column input, drop column retried_from;
      alter table servers drop column approval_policy, drop column input_policy;
      alter table audit_events drop column count, drop column first_at, drop column last_at;
      drop index servers_usage, servers_features, tools_removed, audit_events_at;
      alter table children drop column recorded_at;
      alter table servers drop column tool_count, drop column tool_bytes, drop column feature_count, drop column feature_bytes;
      delete from kysely_migration where name >= '0008_search'`)
    await client.end()
    const second = await adapter.open()
    const found = await second
      .tenant(defaultTenant)
      .tools.search({ query: parseSearch('github issues 1111'), match: 'ALL', filter: {} }, 5)
    expect(found.map(({ tool: { definition } }) => definition.name)).toEqual(['listIssues_1111'])
    const assert = (atMost: number) =>
      second.tenant(defaultTenant).commit([{ kind: 'assertQuota', quota: 'toolsPerTenant', atMost }])
    await assert(1_200)
    await expect(assert(1_199)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    await second.close()
  })

  it('lets two nodes have no more together than a tenant may, whatever they do at once', async () => {
    const connectionString = await postgres.create()
    const nodes = [
      await postgresStorage({ connectionString }).open(),
      await postgresStorage({ connectionString }).open(),
    ]
    const create = (storage: Storage) =>
      storage.tenant(defaultTenant).commit([
        { kind: 'insertServer', server: server() },
        { kind: 'assertQuota', quota: 'serversPerTenant', atMost: 7 },
      ])
    const created = await Promise.allSettled(Array.from({ length: 20 }, () => nodes.map(create)).flat())
    expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(await nodes[0]?.tenant(defaultTenant).servers.count({})).toBe(7)
    for (const node of nodes) await node.close()
  })

  describe('two nodes', () => {
    const one = server()
    const call = run(tool(one.id, 'a'))
    let open: () => Promise<Storage>
    let nodes: [Storage, Storage]
    let heard: ChangeNotification[]
    /** Resolves once the second node has heard of it. */
    const hears = (change: ChangeNotification) =>
      vi.waitFor(() => expect(heard).toContainEqual(change), { timeout: 30_000 })
    beforeEach(async () => {
      const connectionString = await postgres.create()
      open = () => postgresStorage({ connectionString, poolSize: 2 }).open()
      nodes = [await open(), await open()]
      heard = []
      nodes[1].onChange?.((news) => heard.push(news))
      await vi.waitFor(() => {
        for (const node of nodes) expect(node.tenant(defaultTenant).catalogVersion()).toBeDefined()
      })
      heard.length = 0
    })
    afterEach(() => Promise.all(nodes.map((node) => node.close())))

    it('hear of what the other has committed, and not of their own', async () => {
      const [first, second] = nodes.map((node) => node.tenant(defaultTenant))
      const before = second?.catalogVersion()
      await second?.commit([{ kind: 'insertRun', run: call }])
      await second?.commit([{ kind: 'appendJobEvents', jobId: call.id, at: 1, events: [{ type: 'ToolRunStarted' }] }])
      const updated = { type: 'McpServerUpdated', serverId: one.id } as const
      await first?.commit([
        { kind: 'insertServer', server: one },
        { kind: 'appendServerEvents', at: 1, events: [updated], keep: 5 },
      ])
      await hears({ topic: feedOf(defaultTenant) })
      await vi.waitFor(() => expect(second?.catalogVersion()).not.toBe(before))
      await first?.commit([
        { kind: 'requestCancel', request: { jobId: call.id, canceledBy: 'CALLER', reason: null, at: 1 } },
      ])
      await hears({ kind: 'REQUEST' })
      expect(heard).not.toContainEqual({ topic: call.id })
    })

    it('hear of every log that grew, also of more than one notification tells of, and of the last before a close', async () => {
      const third = await open()
      const append = (jobId: RunId) =>
        third
          .tenant(defaultTenant)
          .commit([{ kind: 'appendJobEvents', jobId, at: 1, events: [{ type: 'ToolRunStarted' }] }])
      const jobs = Array.from({ length: 250 }, () => createId('run'))
      await Promise.all(jobs.map(append))
      for (const jobId of jobs) await hears({ topic: jobId })
      const last = createId('run')
      await append(last)
      await third.close()
      await hears({ topic: last })
    })

    it('find what the other has written, while both search and write', async () => {
      const [first, second] = nodes.map((node) => node.tenant(defaultTenant))
      if (!first || !second) throw new Error('There are two')
      await first.commit([{ kind: 'insertServer', server: one }])
      const search = (node: TenantStorage, text: string) =>
        node.tools.search({ query: parseSearch(text), match: 'ALL', filter: {} }, 100)
      const writeAndFind = async (node: TenantStorage, other: TenantStorage, from: number) => {
        for (let n = from; n < from + 15; n += 1) {
          await node.commit([{ kind: 'insertTools', tools: [tool(one.id, `tool_${n}`)] }])
          for (const each of [other, node]) expect(await search(each, `${n}`)).toHaveLength(1)
        }
      }
      await Promise.all([
        writeAndFind(first, second, 100),
        writeAndFind(second, first, 200),
        writeAndFind(first, second, 300),
      ])
      expect(await search(second, 'tool')).toHaveLength(45)
    })

    it('hear that there may be anything, once a connection that was lost is there again', async () => {
      const [first, second] = nodes.map((node) => node.tenant(defaultTenant))
      await postgres.endConnections()
      await hears({ kind: 'ANYTHING' })
      await vi.waitFor(() => expect(second?.catalogVersion()).toBeDefined())
      const updated = { type: 'McpServerUpdated', serverId: one.id } as const
      const write = { kind: 'appendServerEvents', at: 1, events: [updated], keep: 5 } as const
      // A connection of the pool that was lost with the others is found so by its next use.
      await vi.waitFor(() => first?.commit([write]), { timeout: 30_000 })
      await hears({ topic: feedOf(defaultTenant) })
    })

    it('number the feed in the order of their commits: no reader passes by what is committed late', async () => {
      const event = { type: 'McpServerUpdated', serverId: one.id } as const
      const write = { kind: 'appendServerEvents', at: 1, events: [event], keep: 1_000 } as const
      let isDone = false
      const seen: number[] = []
      const reading = (async () => {
        const { log } = nodes[1].tenant(defaultTenant)
        for (let last = 0; ; ) {
          const wasDone = isDone
          const { events, last: told } = await log.serverEvents(last, 50)
          // What it says that there is was there when the events were read.
          if (events.length < 50) expect(told).toBe(events.at(-1)?.seq ?? last)
          seen.push(...events.map(({ seq }) => seq))
          last = seen.at(-1) ?? last
          if (wasDone && events.length === 0) return
        }
      })()
      await Promise.all(
        nodes.flatMap((node) =>
          Array.from({ length: 4 }, async () => {
            for (let n = 0; n < 25; n += 1) await node.tenant(defaultTenant).commit([write])
          }),
        ),
      )
      isDone = true
      await reading
      expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
    })
  })

  describe('a commit whose answer is lost', () => {
    const updated = { type: 'McpServerUpdated', serverId: server().id } as const
    const appends = {
      feed: (): Write => ({ kind: 'appendServerEvents', at: 1, events: [updated], keep: 100 }),
      /** Steps share transactions. */
      steps: (jobId: RunId): Write => ({ kind: 'appendJobEvents', jobId, at: 1, events: [{ type: 'ToolRunStarted' }] }),
    }

    it.each([
      ['ANSWERS', 'feed'],
      ['ALL', 'feed'],
      ['ANSWERS', 'steps'],
      ['ALL', 'steps'],
    ] as const)('was made once where it says so, and never is where it says not (%s, %s)', async (what, kind) => {
      const url = new URL(await postgres.create())
      await using proxy = await startTcpProxy(Number(url.port))
      const connectionString = Object.assign(new URL(url), { port: String(proxy.port) }).href
      const cutOff = await postgresStorage({ connectionString, poolSize: 4, timeoutMs: 1_000 }).open()
      const witness = await postgresStorage({ connectionString: url.href, poolSize: 2 }).open()
      const jobs: RunId[] = []
      const append = () => {
        const job = createId('run')
        jobs.push(job)
        return cutOff.tenant(defaultTenant).commit([appends[kind](job)])
      }
      await append()
      const ends: string[] = []
      for (let n = 0; n < 3; n += 1) {
        proxy.freeze(what)
        const commits = [0, 1, 2, 3].map(() =>
          append().then(
            () => 'made',
            (error) => error.code,
          ),
        )
        // By then each has given up its connection, and asks another one.
        await delay(1_200)
        proxy.thaw()
        ends.push(...(await Promise.all(commits)))
      }
      const made = ends.filter((end) => end === 'made').length
      expect(ends.filter((end) => end !== 'made' && end !== 'STORAGE_UNAVAILABLE')).toEqual([])
      if (what === 'ANSWERS') expect(made).toBeGreaterThan(0)
      await append()
      const { log } = witness.tenant(defaultTenant)
      const count = kind === 'feed' ? await log.lastServerSeq() : (await log.lastJobSeqs(jobs)).size
      expect(count).toBe(made + 2)
      await cutOff.close()
      await witness.close()
    })
  })

  it('makes no step under a lease that is lost, however many at once', async () => {
    const storage = await postgresStorage({ connectionString: await postgres.create() }).open()
    try {
      const [own, lost] = [createNodeId(), createNodeId()]
      await storage.commit([{ kind: 'insertNode', node: { id: own, process: null, openedAt: 1 }, leaseMs: 60_000 }])
      const tenant = storage.tenant(defaultTenant)
      const one = server()
      const begin = (node: NodeId) => tenant.commit([{ kind: 'insertRun', run: run(tool(one.id, 'a')) }], node)
      const nodes = Array.from({ length: 12 }, (_, index) => (index % 3 ? own : lost))
      const settled = await Promise.allSettled(nodes.map(begin))
      expect(settled.map((each) => (each.status === 'rejected' ? each.reason.code : 'made'))).toEqual(
        nodes.map((node) => (node === own ? 'made' : 'LEASE_LOST')),
      )
      expect(await tenant.runs.count({})).toBe(8)
    } finally {
      await storage.close()
    }
  })

  it('accepts a configured pool, and leaves its end to the caller', async () => {
    const { hostname, port, username, password, pathname } = new URL(await postgres.create())
    const where = { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) }
    const pool = new pg.Pool({ ...where, max: 2 })
    try {
      const adapter = postgresStorage({ pool })
      const storage = await adapter.open()
      await storage.tenant(defaultTenant).commit([{ kind: 'insertServer', server: server() }])
      await vi.waitFor(() => expect(storage.tenant(defaultTenant).catalogVersion()).toBeDefined())
      await storage.close()
      expect(await adapter.maintenance.status()).toMatchObject({ state: 'CURRENT', rows: { servers: 1 } })
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    } finally {
      await pool.end()
    }
  })

  it('says of a text that it cannot hold that it is the input', async () => {
    const storage = await postgresStorage({ connectionString: await postgres.create() }).open()
    try {
      const tenant = storage.tenant(defaultTenant)
      const writing = tenant.commit([{ kind: 'insertServer', server: server({ description: 'a\0b' }) }])
      await expect(writing).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(tenant.servers.count({ name: { contains: '\0' } })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      expect(await tenant.servers.count({})).toBe(0)
    } finally {
      await storage.close()
    }
  })

  it('that cannot be reached is STORAGE_UNAVAILABLE, and its password is not told', async () => {
    const opening = postgresStorage({ connectionString: 'postgres://a:a-secret@127.0.0.1:1/b' }).open()
    await expect(opening).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true })
    await expect(opening).rejects.not.toThrow('a-secret')
  })
})
