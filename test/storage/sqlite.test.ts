import { copyFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultTenant } from '../../packages/core/src/base/ids.ts'
import type { RunEvent } from '../../packages/core/src/model/events.ts'
import { migrations } from '../../packages/core/src/storage/sql/migrations/migrations.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { fixtureStdio } from '../fixtures/mcp/mcp-fixture.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { expectClosed } from './expect-closed.ts'
import { describeFeatureSearch } from './feature-search-suite.ts'
import { describeFeatures } from './feature-suite.ts'
import { describeLargeCommits } from './large-commits-suite.ts'
import { describeOAuth } from './oauth-suite.ts'
import { describePauses } from './pause-suite.ts'
import { run, server, tool } from './records.ts'
import { describeSearch } from './search-suite.ts'
import { describeStorage } from './storage-suite.ts'

let folder: string
/** An empty database that is migrated. */
let template: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  template = join(folder, 'template.db')
  await (await sqliteStorage({ path: template }).open()).close()
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0
const fresh = () => {
  files += 1
  return join(folder, `${files}.db`)
}

/** To migrate a database takes longer than most tests. */
const migrated = () => {
  const path = fresh()
  copyFileSync(template, path)
  return path
}

const unexpected = (damage: Error) => {
  throw damage
}

describeStorage('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeSearch('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeOAuth('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeFeatures('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeFeatureSearch('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describePauses('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeLargeCommits('the SQLite storage', () => sqliteStorage({ path: migrated() }))
describeLargeCommits('the SQLite storage in memory', () => sqliteStorage({ path: ':memory:' }))

describe('a database file', () => {
  it('keeps servers, tools and runs from one registry to the next', async () => {
    const path = fresh()
    const first = await createRegistry({ storage: sqliteStorage({ path }) })
    const server = await first.servers.create({
      name: 'a',
      config: { transport: 'stdio', ...fixtureStdio() },
      refresh: false,
    })
    await (await first.servers.refresh(server.id)).result()
    const run = await first.tools.run({ server: 'a', tool: 'echo' }, { message: 'hi' })
    await first.close()

    await using second = await createRegistry({ storage: sqliteStorage({ path }) })
    expect(await second.servers.getByName('a')).toMatchObject({ id: server.id, status: 'READY' })
    expect(await second.tools.count()).toBeGreaterThan(5)
    expect(await second.runs.get(run.id)).toEqual(run)
    const types: string[] = []
    for await (const { type } of second.runs.events(run.id)) types.push(type)
    expect(types).toEqual(['ToolRunStarted', 'ToolRunFinished'])
  })

  it('is not read or written after it was closed', async () => {
    const storage = await sqliteStorage({ path: fresh() }).open()
    await storage.close()
    await expectClosed(storage)
  })

  it('holds nothing of a server that was deleted before its tools were indexed', async () => {
    const path = fresh()
    const storage = await sqliteStorage({ path }).open()
    const one = server()
    await storage.tenant(defaultTenant).commit([
      { kind: 'insertServer', server: one },
      { kind: 'insertTools', tools: [tool(one.id, 'a')] },
    ])
    await storage.tenant(defaultTenant).commit([{ kind: 'deleteServer', serverId: one.id }])
    await storage.close()
    const database = new BetterSqlite3(path)
    const counts = ['servers', 'tools', 'tool_index', 'unindexed_servers'].map((table) =>
      database.prepare(`select count(*) from ${table}`).pluck().get(),
    )
    database.close()
    expect(counts).toEqual([0, 0, 0, 0])
  })

  it('of an earlier version is brought to the current one, and keeps its rows', async () => {
    const path = fresh()
    const database = new BetterSqlite3(path)
    database.pragma(`application_id = ${0x746f6f6c}`)
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } })
    expect((await migrator.migrateTo('0001_initial')).error).toBeUndefined()
    database
      .prepare(
        `insert into servers (id, name, enabled, labels, transport, config, timeouts, protocol_era, revision, created_at, updated_at, status, state)
          values (?, 'old', 1, '[]', 'stdio', ?, ?, 'AUTO', 3, 1, 1, 'NEVER_CONNECTED', ?)`,
      )
      .run(
        'srv_01890a5d-ac96-774b-bcce-b302099a8057',
        JSON.stringify({ transport: 'stdio', command: 'x', args: [], env: [], cwd: null }),
        JSON.stringify({ connectMs: 1, requestMs: 2, maxTotalMs: 3 }),
        JSON.stringify({ health: {}, protocolVersion: null, serverInfo: null, instructions: null }),
      )
    const run = 'run_01890a5dac96774bbcceb302099a8057'
    database
      .prepare(
        `insert into runs (id, server_id, server_name, tool_id, tool_name, status, created_at, started_at, finished_at, args, metadata, idempotency_key)
          values (?, 'mcps_1', 'old', 'tool_1', 'echo', 'CANCELED', 1, 2, 3, '{"a":1}', '{}', 'key')`,
      )
      .run(run)
    const insertEvent = database.prepare('insert into job_events (job_id, seq, at, event) values (?, ?, ?, ?)')
    insertEvent.run(run, 1, 2, JSON.stringify({ type: 'ToolRunStarted' }))
    insertEvent.run(run, 2, 3, JSON.stringify({ type: 'ToolRunFinished', status: 'CANCELED' }))
    await db.destroy()
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    expect(await registry.servers.getByName('old')).toMatchObject({ revision: 3, refreshIntervalMs: null })
    expect(await registry.runs.get(run)).toMatchObject({ status: 'CANCELED', args: { a: 1 }, durationMs: 1 })
    const types: string[] = []
    for await (const { type } of registry.runs.events(run)) types.push(type)
    expect(types).toEqual(['ToolRunStarted', 'ToolRunFinished'])
    expect(await registry.runs.count({ status: ['CANCELED'] })).toBe(1)
  })

  it('knows of the runs that had begun when its process was killed', async () => {
    const path = fresh()
    const killed = await sqliteStorage({ path }).open()
    const one = server()
    const call = run(tool(one.id, 'a'), { status: 'RUNNING', startedAt: 5 })
    await killed.tenant(defaultTenant).commit([
      { kind: 'insertRun', run: call },
      { kind: 'appendJobEvents', jobId: call.id, at: 5, events: [{ type: 'ToolRunStarted' }] },
    ])
    // As after a kill, nothing was closed: what is in the file is all that there is.
    await using next = await createRegistry({ storage: sqliteStorage({ path }) })
    expect(await next.runs.get(call.id)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
    const types: string[] = []
    for await (const { type } of next.runs.events(call.id)) types.push(type)
    expect(types).toEqual(['ToolRunStarted', 'ToolRunFinished'])
    await killed.close()
  })

  it('has all that was committed of its runs when its process is killed, whatever of it had been read', async () => {
    const step = fc.record({ isRead: fc.boolean(), ends: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const path = fresh()
        const first = await sqliteStorage({ path }).open()
        const killed = first.tenant(defaultTenant)
        const call = run(tool(server().id, 'a'), { status: 'RUNNING', startedAt: 5 })
        const append = (...events: readonly RunEvent[]): Write => ({
          kind: 'appendJobEvents',
          jobId: call.id,
          at: 5 + events.length,
          events,
        })
        await killed.commit([{ kind: 'insertRun', run: call }, append({ type: 'ToolRunStarted' })])
        const told: RunEvent[] = [{ type: 'ToolRunStarted' }]
        let standing = call
        for (const { isRead, ends } of steps) {
          if (ends && standing.status === 'RUNNING') {
            standing = { ...standing, status: 'SUCCEEDED', finishedAt: 9 }
            const finished = { type: 'ToolRunFinished', status: 'SUCCEEDED' } as const
            const ending = killed.commit([{ kind: 'updateRun', run: standing }, append(finished)])
            if (isRead) await killed.runs.get(call.id)
            await ending
            told.push(finished)
            break
          }
          const progress = { type: 'ToolRunProgress', progress: told.length } as const
          const telling = killed.commit([append(progress)])
          if (isRead) await killed.log.jobEvents(call.id, 0, 1)
          await telling
          told.push(progress)
        }
        const opened = await sqliteStorage({ path }).open()
        await opened.recover(() => true, unexpected)
        const next = opened.tenant(defaultTenant)
        expect(await next.runs.get(call.id)).toEqual(standing)
        expect((await next.log.jobEvents(call.id, 0, 100)).map(({ event }) => event)).toEqual(told)
        await opened.close()
        await first.close()
      }),
      { numRuns: propertyRuns(25) },
    )
  })

  it('gets ended runs many at a time, and the last ones soon', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const path = migrated()
    const storage = await sqliteStorage({ path }).open()
    const other = new BetterSqlite3(path, { readonly: true })
    const counted = other.prepare('select count(*) from runs').pluck()
    const add = tool(server().id, 'add')
    const { commit } = storage.tenant(defaultTenant)
    const endOne = async () => {
      const begun = run(add, { status: 'RUNNING' })
      await commit([{ kind: 'insertRun', run: begun }])
      await commit([{ kind: 'updateRun', run: { ...begun, status: 'SUCCEEDED', finishedAt: 2, ownerId: null } }])
    }
    try {
      for (let n = 0; n < 63; n += 1) await endOne()
      expect(counted.get()).toBe(0)
      await endOne()
      await vi.waitUntil(() => other.prepare('select 1 from runs').get())
      expect(counted.get()).toBe(64)
      await endOne()
      await vi.advanceTimersByTimeAsync(100)
      expect(counted.get()).toBe(65)
    } finally {
      vi.useRealTimers()
      other.close()
      await storage.close()
    }
  })

  it('tells a registry at once what another one changed in it', async () => {
    const path = fresh()
    await using one = await createRegistry({ storage: sqliteStorage({ path }) })
    const config = { transport: 'stdio' as const, ...fixtureStdio() }
    const { id } = await one.servers.create({ name: 'a', config, refresh: false })
    await (await one.servers.refresh(id)).result()
    const run = () => one.tools.run({ server: 'a', tool: 'echo' }, { message: 'hi' })
    expect((await run()).status).toBe('SUCCEEDED')
    await using other = await createRegistry({ storage: sqliteStorage({ path }) })
    const tool = await other.tools.get({ server: 'a', tool: 'echo' })
    await other.tools.set(tool?.id ?? '', { enabled: false })
    await expect(run()).rejects.toMatchObject({ code: 'DISABLED' })
    await other.tools.set(tool?.id ?? '', { enabled: true })
    expect((await run()).status).toBe('SUCCEEDED')
    await other.servers.update(id, { name: 'b' })
    await expect(run()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('is readable by its owner alone', async () => {
    const path = fresh()
    const registry = await createRegistry({ storage: sqliteStorage({ path }) })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await registry.close()
  })

  it.each<[string, () => Promise<string>, string]>([
    [
      'that is not SQLite',
      async () => {
        const path = fresh()
        await writeFile(path, 'this is a text file, long enough to have a header of its own'.repeat(20))
        return path
      },
      'expected a SQLite database of toolyard',
    ],
    ['that is a directory', async () => folder, 'not a file'],
    ['in a directory that is not there', async () => join(folder, 'none', 'a.db'), 'does not exist'],
    [
      'of another program',
      async () => {
        const path = fresh()
        new BetterSqlite3(path).exec('create table theirs (a)').close()
        return path
      },
      'another program',
    ],
  ])('%s is refused', async (_, make, message) => {
    await expect(createRegistry({ storage: sqliteStorage({ path: await make() }) })).rejects.toMatchObject({
      code: 'STORAGE_INVALID',
      message: expect.stringContaining(message),
    })
  })

  it('of a newer version is refused, and says which version it has', async () => {
    const path = fresh()
    await (await createRegistry({ storage: sqliteStorage({ path }) })).close()
    const database = new BetterSqlite3(path)
    database.prepare("insert into kysely_migration values ('9999_future', 'now')").run()
    database.close()
    await expect(createRegistry({ storage: sqliteStorage({ path }) })).rejects.toMatchObject({
      code: 'STORAGE_TOO_NEW',
      message: expect.stringContaining('9999_future'),
    })
  })

  it('has what an earlier process left unfinished settled', async () => {
    const path = fresh()
    const first = await createRegistry({ storage: sqliteStorage({ path }) })
    const server = await first.servers.create({
      name: 'a',
      config: { transport: 'stdio', ...fixtureStdio() },
      refresh: false,
    })
    await (await first.servers.refresh(server.id)).result()
    const done = await first.tools.run({ server: 'a', tool: 'echo' }, { message: 'hi' })
    await first.close()
    // As a process leaves it that is killed after sending.
    const database = new BetterSqlite3(path)
    database.prepare("update runs set status = 'RUNNING', finished_at = null where id = ?").run(done.id)
    database.prepare('delete from job_events where job_id = ? and seq = 2').run(done.id)
    database.close()
    await using second = await createRegistry({ storage: sqliteStorage({ path }) })
    expect(await second.runs.get(done.id)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
    const types: string[] = []
    for await (const { type } of second.runs.events(done.id)) types.push(type)
    expect(types.at(-1)).toBe('ToolRunFinished')
  })

  it('that may not be read is refused', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything')
    const path = fresh()
    await writeFile(path, '')
    await chmod(path, 0)
    await expect(createRegistry({ storage: sqliteStorage({ path }) })).rejects.toMatchObject({
      code: 'STORAGE_INVALID',
    })
  })
})
