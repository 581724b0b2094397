import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry, type MaintainedStorage, type Registry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant, type RunId } from '../../packages/core/src/base/ids.ts'
import { everyPage } from '../fixtures/http/paginate.ts'
import { startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { type Answers, answersOf, databaseKey } from './databases/answers.ts'
import { resource } from './feature-records.ts'
import { run, server, tool } from './records.ts'

const started = await startPostgres()
const postgres = typeof started === 'string' ? undefined : started
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)
afterAll(async () => postgres?.[Symbol.asyncDispose]())

const keyOf = (byte: number) => new Uint8Array(32).fill(byte)
const key = keyOf(5)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

const pathOf = (name: string) => join(folder, `${name}.db`)
const sqlite = (name: string) => sqliteStorage({ path: pathOf(name) })
// What the fixture databases hold is older than what is kept otherwise.
const open = (storage: MaintainedStorage, secretKey = key) =>
  createRegistry({ storage, secretKey, history: { maxAgeMs: Number.POSITIVE_INFINITY } })

async function exported(storage: MaintainedStorage): Promise<string[]> {
  const lines: string[] = []
  for await (const line of storage.maintenance.exportLines()) lines.push(line)
  return lines
}
async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

/** The rows, without what is another one in every export. */
const rowsOf = (lines: readonly string[]) => lines.slice(1).filter((line) => !line.startsWith('{"table":"secret_keys"'))

const source = fileURLToPath(new URL('databases/0005_cancel_requests', import.meta.url))
// Written by databases/make-database.ts.
const { firstCursor } = JSON.parse(await readFile(`${source}.json`, 'utf8')) as Answers

/** A database with something of everything, closed. */
async function fill(path: string, serverUrl: string): Promise<string> {
  await copyFile(`${source}.db`, path)
  await using fixture = await startFixture()
  // From now on sealed by the first.
  const registry = await createRegistry({
    storage: sqliteStorage({ path }),
    secretKey: [key, databaseKey],
    history: { maxAgeMs: Number.POSITIVE_INFINITY },
  })
  const scheduled = await registry.servers.getByName('over http')
  // Its server is gone.
  await registry.servers.update(scheduled?.id ?? '', { refreshIntervalMs: null })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  await registered(registry, 'quarantined', config, { toolChangePolicy: 'QUARANTINE' })
  await registry.audit.record({ action: 'KEY_ADDED', actor: 'an operator', targetId: 'a-key' })
  const { id } = await registry.tenant('another').servers.create({
    name: 'with a secret',
    config: { transport: 'streamableHttp', serverUrl, auth: { token: 'the-token' } },
    refresh: false,
  })
  await registry.close()
  return id
}

const idOf = (record: object) => String(Reflect.get(record, 'id'))

/** All that the registry answers of the tenants, as JSON. */
async function answersFrom(registry: Registry, lines: readonly string[]): Promise<unknown> {
  const refreshIds = lines.flatMap((line) => /^\{"table":"refreshes","row":\{"id":"(\w+)"/.exec(line)?.[1] ?? [])
  const feedLength =
    lines.filter((line) => /^\{"table":"server_events","row":\{"tenant":"default"/.test(line)).length - 1
  const answers = await answersOf(registry, { refreshIds, firstCursor, feedLength })
  expect(answers.feed).toHaveLength(feedLength)
  const audit = await everyPage((options) => registry.audit.list(options))
  const others = await everyPage((options) => registry.tenant('another').servers.list(options))
  // They come in any order.
  const refreshes = answers.refreshes.toSorted((a, b) => idOf(a).localeCompare(idOf(b)))
  return JSON.parse(JSON.stringify({ ...answers, refreshes, audit, others }))
}

describe.skipIf(!postgres)('from SQLite to PostgreSQL and back', () => {
  it('keeps all that a registry answers, and secrets that open', async () => {
    await using remote = await startScripted()
    const id = await fill(pathOf('a'), remote.url)
    const connectionString = (await postgres?.create()) ?? ''
    const [first, second, third] = [sqlite('a'), postgresStorage({ connectionString }), sqlite('b')]
    const [secondKey, thirdKey] = [keyOf(6), keyOf(7)]

    const lines = await exported(first)
    expect(lines.join()).not.toContain('the-token')
    await second.maintenance.importLines(each(lines), { secretKey: [secondKey], sourceKeys: [key] })
    const back = await exported(second)
    expect(rowsOf(back)).toEqual(rowsOf(lines))
    await third.maintenance.importLines(each(back), { secretKey: [thirdKey, secondKey] })
    expect(rowsOf(await exported(third))).toEqual(rowsOf(lines))

    const answers: unknown[] = []
    for (const [storage, secretKey] of [
      [first, key],
      [second, secondKey],
      [third, thirdKey],
    ] as const) {
      await using registry = await open(storage, secretKey)
      const quarantined = await registry.tools.count({ quarantined: true })
      expect(quarantined).toBeGreaterThan(0)
      const found = await registry.tools.search('echo', { first: 100 })
      expect(found.edges.length).toBeGreaterThan(1)
      answers.push([await answersFrom(registry, lines), JSON.parse(JSON.stringify(found))])
      const job = await registry.tenant('another').servers.refresh(id)
      expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
      expect(remote.asked.at(-1)?.request.headers.authorization).toBe('Bearer the-token')
    }
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    const again = second.maintenance.importLines(each(lines), { secretKey: [secondKey, key] })
    await expect(again).rejects.toMatchObject({ message: expect.stringContaining('Expected an empty database') })
  })

  it('is refused while a node has the database open, and leaves nothing of an import that fails', async () => {
    const connectionString = (await postgres?.create()) ?? ''
    const storage = postgresStorage({ connectionString })
    expect(await storage.maintenance.status()).toMatchObject({ dialect: 'POSTGRES', state: 'EMPTY', rows: {} })
    await (await open(sqlite('a'))).close()
    const lines = await exported(sqlite('a'))
    const cut = storage.maintenance.importLines(each(lines.slice(0, -1)), { secretKey: [key] })
    await expect(cut).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect((await storage.maintenance.status()).rows).toMatchObject({ secret_keys: 0, feeds: 0 })
    await expect(createRegistry({ storage })).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['secretKey'] })
    await using registry = await open(storage)
    const inUse = { code: 'STORAGE_INVALID', message: expect.stringContaining(`the process ${process.pid}`) }
    await expect(exported(storage)).rejects.toMatchObject(inUse)
    const onto = storage.maintenance.importLines(each(lines), { secretKey: [key] })
    await expect(onto).rejects.toMatchObject(inUse)
    await registry.close()
    expect(await storage.maintenance.status()).toMatchObject({ state: 'CURRENT', rows: { secret_keys: 1 } })
  })
})

describe('an export', () => {
  it('brings tools and resources that searches find', async () => {
    const [from, to] = [sqlite('a'), sqlite('b')]
    await (await open(from)).close()
    const opened = await from.open()
    const one = server()
    await opened.tenant(defaultTenant).commit([
      { kind: 'insertServer', server: one },
      { kind: 'insertTools', tools: [tool(one.id, 'read_ledger')] },
      { kind: 'insertFeatures', features: [resource(one.id, 'file:///ledger')] },
    ])
    await opened.close()
    await to.maintenance.importLines(each(await exported(from)), { secretKey: [key] })
    await using registry = await open(to)
    const found = await registry.search('ledger')
    expect(found.edges.map(({ kind }) => kind).toSorted()).toEqual(['RESOURCE', 'TOOL'])
  })

  /** Commits to the database under an owner that is gone, as a process does that is killed. */
  async function leave(storage: MaintainedStorage): Promise<RunId[]> {
    const opened = await storage.open()
    const one = server()
    const two = tool(one.id, 'a')
    const runs = [run(two), run(two), run(two)]
    const tenant = opened.tenant(defaultTenant)
    await tenant.commit([
      { kind: 'insertServer', server: one },
      { kind: 'insertTools', tools: [two] },
    ])
    for (const each of runs.toReversed()) await tenant.commit([{ kind: 'insertRun', run: each }])
    const jobId = runs[0]?.id ?? ('' as RunId)
    const request = { jobId, canceledBy: 'CALLER', reason: 'No longer needed', at: 1 } as const
    await tenant.commit([{ kind: 'requestCancel', request }])
    await opened.close()
    return runs.map(({ id }) => id)
  }

  it('has runs in the order in which they were written, and open requests to cancel', async () => {
    const ids = await leave(sqlite('a'))
    const lines = await exported(sqlite('a'))
    await sqlite('b').maintenance.importLines(each(lines), { secretKey: [key] })
    const moved = await exported(sqlite('b'))
    expect(moved.slice(1)).toEqual(lines.slice(1))
    const rows = moved.map((line) => JSON.parse(line))
    expect(rows.filter(({ table }) => table === 'runs').map(({ row }) => row.id)).toEqual(ids.toReversed())
    expect(rows.filter(({ table }) => table === 'cancel_requests')).toMatchObject([{ row: { job_id: ids[0] } }])
  })

  it('has the runs that a killed process had only noted', async () => {
    await (await open(sqlite('a'))).close()
    const database = new BetterSqlite3(pathOf('a'))
    const noted = run(tool(server().id, 'a'), { status: 'RUNNING' })
    const note = JSON.stringify([{ kind: 'insertRun', tenantId: 'default', run: noted }])
    database.prepare('insert into run_journal (run_id, place, writes) values (?, 1, ?)').run(noted.id, note)
    database.close()
    expect((await exported(sqlite('a'))).join()).toContain(`"runs","row":{"id":"${noted.id}"`)
  })

  it('is refused while a registry has the database open, and where secrets may stand in clear', async () => {
    await using registry = await open(sqlite('a'))
    const inUse = { code: 'STORAGE_INVALID', message: expect.stringContaining(`in use by the process ${process.pid}`) }
    await expect(exported(sqlite('a'))).rejects.toMatchObject(inUse)
    await registry.close()
    await exported(sqlite('a'))

    await copyFile(source.replace('0005_cancel_requests', '0003_durable_jobs.db'), pathOf('old'))
    const older = { code: 'STORAGE_INVALID', message: expect.stringContaining('migrate it first') }
    await expect(exported(sqlite('old'))).rejects.toMatchObject(older)
    const migrated = { from: '0003_durable_jobs', to: (await sqlite('a').maintenance.status()).version }
    expect(await sqlite('old').maintenance.migrate()).toEqual(migrated)
    const clear = { code: 'STORAGE_INVALID', message: expect.stringContaining('plaintext secrets') }
    await expect(exported(sqlite('old'))).rejects.toMatchObject(clear)
  })

  it('that is not read to its end releases the database', async () => {
    await leave(sqlite('a'))
    for await (const line of sqlite('a').maintenance.exportLines()) if (line.includes('servers')) break
    const database = new BetterSqlite3(pathOf('a'), { timeout: 0 })
    database.pragma('journal_mode = delete')
    database.close()
  })
})

describe('an import', () => {
  let lines: string[]
  beforeEach(async () => {
    await using registry = await open(sqlite('a'))
    const config = { transport: 'stdio', command: 'node', env: { TOKEN: 'the-token' } } as const
    await registry.servers.create({ name: 'a', config, refresh: false })
    await registry.close()
    lines = await exported(sqlite('a'))
  })
  const importing = (given: readonly string[]) => sqlite('b').maintenance.importLines(each(given), { secretKey: [key] })
  const changed = (table: string, change: (row: Record<string, unknown>) => unknown) =>
    lines.map((line) => {
      const parsed = JSON.parse(line)
      return parsed.table === table ? JSON.stringify({ table, row: change(parsed.row) }) : line
    })

  it.each<[string, () => readonly string[], string]>([
    ['nothing', () => [], 'Line 1: expected the beginning of an export'],
    ['something else', () => ['PK\u0003\u0004', ...lines], 'Line 1: expected the beginning of an export'],
    [
      'another version',
      () => [lines[0]?.replace(/00\d\d_\w+/, '0099_later') ?? '', ...lines.slice(1)],
      'of version 0099_later',
    ],
    ['a cut export', () => lines.slice(0, -1), 'expected the last line of an export: the export is cut off'],
    ['a cut line', () => [...lines.slice(0, -2), lines.at(-2)?.slice(0, 20) ?? ''], 'the export is cut off or damaged'],
    ['a missing row', () => lines.filter((line) => !line.startsWith('{"table":"feeds"')), 'expected 1 rows of feeds'],
    ['a line too many', () => [...lines, lines.at(-1) ?? ''], 'expected the end of the export'],
    [
      'an unknown table',
      () => lines.map((line) => line.replace('"feeds"', '"sqlite_master"')),
      'there is no table "sqlite_master"',
    ],
    [
      'an unknown column',
      () => changed('servers', (row) => ({ ...row, more: 1 })),
      'the table servers has no column "more"',
    ],
    ['a missing column', () => changed('servers', ({ name: _, ...row }) => row), 'expected text for servers.name'],
    [
      'a value of another kind',
      () => changed('servers', (row) => ({ ...row, revision: '1' })),
      'expected integer for servers.revision',
    ],
    [
      'a row that is there twice',
      () => lines.flatMap((line) => (line.includes('"feeds"') ? [line, line] : line)),
      'the database rejects',
    ],
  ])('of %s is refused, and nothing is changed', async (_, given, message) => {
    const expected = { code: 'INVALID_INPUT', message: expect.stringContaining(message) }
    await expect(importing(given())).rejects.toMatchObject(expected)
    const { rows } = await sqlite('b').maintenance.status()
    expect(Object.values(rows).filter((count) => count > 0)).toEqual([])
  })

  it('is refused without the key of the source, and then goes well with it', async () => {
    const storage = sqlite('b')
    const wrong = storage.maintenance.importLines(each(lines), { secretKey: [keyOf(9)] })
    await expect(wrong).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
    // The key of the target is the one beside it.
    const counts = await storage.maintenance.importLines(each(lines), { sourceKeys: [key] })
    expect(counts).toMatchObject({ servers: 1, secret_keys: 1 })
    await using registry = await createRegistry({ storage })
    expect(await registry.servers.getByName('a')).toMatchObject({ status: expect.not.stringMatching('ERROR') })
  })

  it('is refused where the database has something in it, or is in use', async () => {
    await importing(lines)
    const full = { code: 'STORAGE_INVALID', message: expect.stringContaining('1 of servers') }
    await expect(importing(lines)).rejects.toMatchObject(full)
    await using registry = await open(sqlite('c'))
    const taken = sqlite('c').maintenance.importLines(each(lines), { secretKey: [key] })
    await expect(taken).rejects.toMatchObject({ code: 'STORAGE_INVALID', message: expect.stringContaining('in use') })
    await registry.close()
  })
})

describe('the status', () => {
  it('tells of what is empty, older and newer, and changes nothing', async () => {
    const statusOf = (name: string) => sqlite(name).maintenance.status()
    expect(await statusOf('none')).toMatchObject({ dialect: 'SQLITE', state: 'EMPTY', version: null, rows: {} })
    await copyFile(`${source}.db`, pathOf('old'))
    const before = await readFile(pathOf('old'))
    expect(await statusOf('old')).toMatchObject({
      state: 'OLDER',
      version: '0005_cancel_requests',
      rows: { servers: 3 },
    })
    expect((await readFile(pathOf('old'))).equals(before)).toBe(true)
    await sqlite('new').maintenance.migrate()
    const database = new BetterSqlite3(pathOf('new'))
    database.prepare("insert into kysely_migration (name, timestamp) values ('0099_later', '')").run()
    database.exec('drop table audit_events')
    database.close()
    const { rows, ...newer } = await statusOf('new')
    expect(newer).toMatchObject({ state: 'NEWER', version: '0099_later' })
    expect(rows).not.toHaveProperty('audit_events')
    await expect(sqlite('new').maintenance.migrate()).rejects.toMatchObject({ code: 'STORAGE_TOO_NEW' })
    expect((await readdir(folder)).sort()).toEqual(['new.db', 'old.db'])
  })
})
