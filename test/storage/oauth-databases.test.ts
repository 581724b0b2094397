import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MaintainedStorage } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isRegistryError } from '../../packages/core/src/base/errors.ts'
import { createId, defaultTenant, parseTenantId } from '../../packages/core/src/base/ids.ts'
import { Sealed } from '../../packages/core/src/model/secret.ts'
import { sealText } from '../../packages/core/src/secrets/sealed-text.ts'
import type { ChangeNotification, Storage, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { prompt, resource } from './feature-records.ts'
import { setGrant } from './oauth-model.ts'
import { client, flow, grant, shown } from './oauth-records.ts'
import { server } from './records.ts'

const started = await startPostgres()
const postgres = typeof started === 'string' ? undefined : started
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)
afterAll(async () => postgres?.[Symbol.asyncDispose]())

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** One database, which several storages open. */
interface TestDatabase {
  readonly storage: MaintainedStorage
  /** All that is stored of OAuth, as bytes. */
  bytes(): Promise<Buffer>
  execute(sql: string): Promise<void>
}

let files = 0

async function createSqlite(): Promise<TestDatabase> {
  files += 1
  const name = `${files}.db`
  const path = join(folder, name)
  return {
    storage: sqliteStorage({ path }),
    async bytes() {
      const files = (await readdir(folder)).filter((file) => file.startsWith(name))
      return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))))
    },
    async execute(sql) {
      const database = new BetterSqlite3(path)
      database.pragma('foreign_keys = on')
      database.exec(sql)
      database.close()
    },
  }
}

async function createPostgres(): Promise<TestDatabase> {
  const connectionString = (await postgres?.create()) ?? ''
  async function query(sql: string): Promise<readonly object[]> {
    const connection = new pg.Client({ connectionString, options: '-c search_path=toolyard' })
    await connection.connect()
    try {
      return (await connection.query<object>(sql)).rows
    } finally {
      await connection.end()
    }
  }
  return {
    storage: postgresStorage({ connectionString, poolSize: 3 }),
    async bytes() {
      const tables = ['oauth_grants', 'oauth_clients', 'oauth_flows'].map((table) => query(`select * from ${table}`))
      const texts = (await Promise.all(tables)).flat().flatMap((row) => Object.values(row).map(String))
      return Buffer.from(texts.join('\n'))
    },
    execute: async (sql) => void (await query(sql)),
  }
}

const kinds = [
  { name: 'SQLite', create: createSqlite, isAbsent: false },
  { name: 'PostgreSQL', create: createPostgres, isAbsent: !postgres },
]

const disposable = (storage: Storage) => ({ ...storage, [Symbol.asyncDispose]: () => storage.close() })

/** A storage that receives notifications knows no version until it listens. */
async function knownVersion(tenant: TenantStorage): Promise<string> {
  return await vi.waitFor(() => tenant.catalogVersion() ?? expect.fail('It is not known yet'), { timeout: 30_000 })
}

const present = kinds.filter(({ isAbsent }) => !isAbsent)

const one = server()
const insertOne: Write = { kind: 'insertServer', server: one }

describe.each(present)('OAuth in a database of $name', ({ create }) => {
  it('stands in its bytes sealed', async () => {
    const { storage, bytes } = await create()
    const key = createSecretKey(randomBytes(32))
    const seal = (plaintext: string) => new Sealed(sealText(plaintext, key, 'k', 'context'))
    const plaintexts = ['an access token', 'a registration access token', 'a code verifier']
    const [tokens, information, secrets] = plaintexts.map(seal)
    if (!tokens || !information || !secrets) throw new RangeError('There are three')
    await using opened = await storage.open().then(disposable)
    await opened
      .tenant(defaultTenant)
      .commit([
        insertOne,
        setGrant(grant(one.id, { tokens }), 0),
        { kind: 'setOAuthClient', client: client({ information }), keep: 1_000 },
        { kind: 'insertOAuthFlow', flow: flow(one.id, 'a', { secrets }), keep: 5 },
      ])
    const stored = await bytes()
    for (const { text } of [tokens, information, secrets]) expect(stored.includes(text), text).toBe(true)
    for (const each of [...plaintexts, String(tokens)]) expect(stored.includes(each), each).toBe(false)
  })

  it('is deleted with its server by a node that knows nothing of it', async () => {
    const { storage, execute } = await create()
    await using opened = await storage.open().then(disposable)
    const tenant = opened.tenant(defaultTenant)
    await tenant.commit([
      insertOne,
      setGrant(grant(one.id), 0),
      { kind: 'insertOAuthFlow', flow: flow(one.id, 'a'), keep: 5 },
    ])
    await execute(`delete from servers where tenant = 'default' and id = '${one.id}'`)
    expect(await tenant.oauth.grant(one.id)).toBeUndefined()
    expect(await tenant.oauth.flow('a')).toBeUndefined()
  })

  it('loses no change of a grant that two nodes write at once', async () => {
    const { storage } = await create()
    await using first = await storage.open().then(disposable)
    await using second = await storage.open().then(disposable)
    await first.tenant(defaultTenant).commit([insertOne, setGrant(grant(one.id, { generation: 0 }), 0)])
    const perNode = 20
    let conflicts = 0
    /** Counts up, each time from what is stored. */
    async function count({ oauth, commit }: TenantStorage): Promise<void> {
      for (let done = 0; done < perNode; ) {
        const stored = await oauth.grant(one.id)
        if (!stored) throw new Error('It was stored above')
        const { version, generation } = stored
        try {
          await commit([setGrant({ ...stored, version: version + 1, generation: generation + 1 }, version)])
          done += 1
        } catch (error) {
          if (!isRegistryError(error, 'REVISION_CONFLICT')) throw error
          conflicts += 1
        }
      }
    }
    const nodes = [first, second].map((each) => each.tenant(defaultTenant))
    await Promise.all([...nodes, ...nodes].map(count))
    expect(conflicts).toBeGreaterThan(0)
    expect(await nodes[0]?.oauth.grant(one.id)).toMatchObject({ version: 1 + 4 * perNode, generation: 4 * perNode })
  })

  it('keeps no more flows of a server than it may, if nodes begin them at once', async () => {
    const { storage } = await create()
    await using first = await storage.open().then(disposable)
    await using second = await storage.open().then(disposable)
    const nodes = [first, second].map((each) => each.tenant(defaultTenant))
    await nodes[0]?.commit([insertOne])
    const hashes = Array.from({ length: 40 }, (_, n) => `hash ${n}`)
    const insert = (hash: string): Write => ({ kind: 'insertOAuthFlow', flow: flow(one.id, hash), keep: 2 })
    await Promise.all(hashes.map((hash, n) => nodes[n % 2]?.commit([insert(hash)])))
    const found = await Promise.all(hashes.map((hash) => nodes[0]?.oauth.flow(hash)))
    expect(found.filter((each) => each !== undefined)).toHaveLength(2)
  })

  it('changes the catalog of other nodes by a grant, and by nothing else in PostgreSQL', async () => {
    const { storage } = await create()
    await using first = await storage.open().then(disposable)
    const writer = first.tenant(defaultTenant)
    await writer.commit([insertOne])
    // Listens after that commit, whose notification it never receives.
    await using second = await storage.open().then(disposable)
    const reader = second.tenant(defaultTenant)
    const heard: ChangeNotification[] = []
    second.onChange?.((change) => heard.push(change))
    const version = await knownVersion(reader)
    if (second.onChange) {
      heard.length = 0
      await writer.commit([{ kind: 'setOAuthClient', client: client(), keep: 1_000 }])
      await writer.commit([{ kind: 'insertOAuthFlow', flow: flow(one.id, 'a'), keep: 5 }])
      // Notifications come in the order of their commits.
      const request = { jobId: createId('run'), canceledBy: 'CALLER', reason: null, at: 1 } as const
      await writer.commit([{ kind: 'requestCancel', request }])
      await vi.waitFor(() => expect(heard).toContainEqual({ kind: 'REQUEST' }), { timeout: 30_000 })
      expect(heard).not.toContainEqual({ kind: 'CATALOG' })
      expect(await knownVersion(reader)).toBe(version)
    }
    await writer.commit([setGrant(grant(one.id), 0)])
    await expect.poll(() => knownVersion(reader)).not.toBe(version)
    if (second.onChange) expect(heard).toContainEqual({ kind: 'CATALOG' })
    expect(shown(await reader.oauth.grant(one.id))).toMatchObject({ version: 1, tokens: ['v1.key.tokens'] })
  })
})

describe.each(present)('an export of $name', ({ create }) => {
  it.each(present)('moves grants, clients and definitions to $name, and no flow', async (target) => {
    const source = await create()
    const other = parseTenantId('other') ?? defaultTenant
    const its = server()
    const features = [resource(one.id, 'x:\ud800', { mimeType: 'text/plain' }), prompt(one.id, 'greet')]
    const [full, empty, registered] = [grant(one.id), grant(its.id, { version: 3, tokens: null }), client()]
    {
      await using opened = await source.storage.open().then(disposable)
      await opened
        .tenant(defaultTenant)
        .commit([
          insertOne,
          setGrant(full, 0),
          { kind: 'insertOAuthFlow', flow: flow(one.id, 'a'), keep: 5 },
          { kind: 'insertFeatures', features },
        ])
      await opened
        .tenant(other)
        .commit([
          { kind: 'insertServer', server: its },
          setGrant(empty, 0),
          { kind: 'setOAuthClient', client: registered, keep: 1_000 },
        ])
    }
    const { storage } = await target.create()
    const lines = source.storage.maintenance.exportLines()
    const counts = await storage.maintenance.importLines(lines, { secretKey: [new Uint8Array(32).fill(5)] })
    expect(counts).toMatchObject({ servers: 2, features: 2, oauth_grants: 2, oauth_clients: 1 })
    expect(counts).not.toHaveProperty('oauth_flows')
    expect((await storage.maintenance.status()).rows).toEqual(counts)

    await using moved = await storage.open().then(disposable)
    const [mine, theirs] = [moved.tenant(defaultTenant).oauth, moved.tenant(other).oauth]
    expect(shown(await mine.grant(one.id))).toEqual(shown(full))
    expect(shown(await theirs.grant(its.id))).toEqual(shown(empty))
    expect(shown(await theirs.client(registered.issuer, registered.redirectUri))).toEqual(shown(registered))
    expect(await mine.client(registered.issuer, registered.redirectUri)).toBeUndefined()
    expect(await mine.flow('a')).toBeUndefined()
    for (const each of features) expect(await moved.tenant(defaultTenant).features.get(each.id)).toEqual(each)
    // The version moves too.
    await moved.tenant(other).commit([setGrant({ ...empty, version: 4 }, 3)])
  })
})
