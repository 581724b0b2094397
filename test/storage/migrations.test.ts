import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { migrations } from '../../packages/core/src/storage/sql/migrations/migrations.ts'
import { clearSecrets } from '../fixtures/postgres/clear-secrets.ts'
import { type Answers, answersOf, databaseKey, type Everything } from './databases/answers.ts'

const databases = fileURLToPath(new URL('databases', import.meta.url))
const versions = (await readdir(databases)).filter((file) => file.endsWith('.db')).map((file) => file.slice(0, -3))
/** The default in the templates of the stored databases. */
const fallback = 'nobody'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

let copies = 0
async function copyOf(version: string): Promise<string> {
  copies += 1
  const path = join(folder, `${copies}.db`)
  await copyFile(join(databases, `${version}.db`), path)
  return path
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

interface Settled {
  readonly id?: string
  readonly jobId?: string
  readonly status?: string
  readonly error?: { readonly code: string } | null
  readonly finishedAt?: string
  readonly durationMs?: number | null
}

/** What is said now of a job that its process left: of a run that was never sent, more than was said by these versions. */
function interrupted({ id, jobId, status }: Settled): object {
  const isRun = (id ?? jobId ?? '').startsWith('run_')
  return { code: isRun && status === 'FAILED' ? 'NOT_SENT' : 'INTERRUPTED' }
}

const isSettled = ({ error }: Settled) => error?.code === 'INTERRUPTED' || error?.code === 'NOT_SENT'

/** As `job`, but for when it was settled, and the words that tell why. */
function settledAnyTime(job: Settled): object {
  if (!isSettled(job)) return job
  const durationMs = job.durationMs === null ? null : expect.any(Number)
  const took = 'durationMs' in job ? { durationMs } : {}
  return { ...job, ...took, finishedAt: expect.any(String), error: interrupted(job) }
}

function endedAnyTime(event: Settled): object {
  return isSettled(event) ? { ...event, at: expect.any(String), error: interrupted(event) } : event
}

const mapValues = <From, To>(record: Record<string, From>, to: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]))

/** What must be answered now: all that was answered then. */
function expected({ runs, refreshes, runEvents, refreshEvents, ...others }: Everything): object {
  return {
    ...others,
    runs: runs.map(settledAnyTime),
    refreshes: refreshes.map(settledAnyTime),
    runEvents: mapValues(runEvents, (events) => events.map(endedAnyTime)),
    refreshEvents: mapValues(refreshEvents, (events) => events.map(endedAnyTime)),
  }
}

it('there is a database of each version before this one', () => {
  expect(versions).toEqual(expect.arrayContaining(Object.keys(migrations).slice(0, -1)))
})

it('what others stand in the way of removing from a file is told, and removed at the next start', async () => {
  const path = await copyOf('0003_durable_jobs')
  const reader = new BetterSqlite3(path, { readonly: true })
  const rows = reader.prepare('select * from servers').iterate()
  rows.next()
  const seen: unknown[] = []
  const storage = sqliteStorage({ path, busyTimeoutMs: 100 })
  await (await createRegistry({ storage, secretKey: databaseKey, onError: (error) => seen.push(error) })).close()
  expect(seen).toEqual([expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' })])
  const hasClear = async () => {
    const files = (await readdir(folder)).map((file) => join(folder, file)).filter((file) => file.startsWith(path))
    const bytes = await Promise.all(files.map((file) => readFile(file)))
    return bytes.some((each) => each.includes('a secret token'))
  }
  expect(await hasClear()).toBe(true)
  rows.return?.()
  reader.close()
  await (await createRegistry({ storage, secretKey: databaseKey })).close()
  expect(await hasClear()).toBe(false)
})

describe.each(versions)('a database of %s', (version) => {
  let path: string
  let then: Answers
  beforeEach(async () => {
    path = await copyOf(version)
    // Written by databases/make-database.ts.
    then = JSON.parse(await readFile(join(databases, `${version}.json`), 'utf8')) as Answers
    // The database is opened soon after its process was killed, before anything in it is too old to be kept.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(then.madeAt) + 1_000 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('answers all that it answered, field by field', async () => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
    const { answers, firstCursor } = then
    const refreshIds = Object.keys(answers.refreshEvents)
    const now = await answersOf(registry, { refreshIds, firstCursor, feedLength: answers.feed.length })
    expect(asJson(now)).toMatchObject(expected(answers))
  })

  it('holds something of all that a database can hold', () => {
    const { servers, tools, runs, refreshes } = then.answers
    expect(new Set(servers.map((server) => Reflect.get(server, 'transport'))).size).toBe(3)
    expect(tools).toContainEqual(expect.objectContaining({ name: 'goes', removedAt: expect.any(String) }))
    const ends = (jobs: readonly object[]) => new Set(jobs.map((job) => Reflect.get(job, 'status')))
    expect(ends(refreshes)).toEqual(new Set(['SUCCEEDED', 'FAILED']))
    expect(ends(runs)).toEqual(new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'OUTCOME_UNKNOWN']))
  })

  it('has what its process left unfinished settled', async () => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
    const { running, queued, noted, refreshing } = then.left
    const error = { code: 'INTERRUPTED' }
    expect(await registry.runs.get(running)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error })
    expect(await registry.runs.get(queued)).toMatchObject({
      status: 'FAILED',
      startedAt: null,
      error: { code: 'NOT_SENT' },
    })
    expect(await registry.runs.get(noted)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error, args: { text: 'noted' } })
    expect(await registry.refreshes.get(refreshing)).toMatchObject({ status: 'FAILED', error })
    expect(await registry.runs.count({ status: ['QUEUED', 'RUNNING'] })).toBe(0)
    expect(await registry.servers.count({ status: ['CONNECTING'] })).toBe(0)
  })

  it('keeps the secrets of its servers, and not one of them in clear', async () => {
    const before = await readFile(path)
    // Those from 0004 on are sealed.
    const hadClear = version < '0004'
    expect(before.includes('a secret token')).toBe(hadClear)
    const expectNoClear = async () => {
      const files = (await readdir(folder)).filter((file) => join(folder, file).startsWith(path))
      for (const file of files) {
        const bytes = await readFile(join(folder, file))
        for (const secret of ['a secret token', `USER_NAME | ${fallback}`, `WHO | ${fallback}`]) {
          expect(bytes.includes(secret), `${secret} in ${file}`).toBe(false)
        }
      }
      return files.length
    }
    const registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
    // With its log and the index of that.
    expect(await expectNoClear()).toBe(3)
    await registry.close()
    expect(await expectNoClear()).toBe(1)
    const http = { 'header:x-team': 'tools', 'header:x-user': `{{ USER_NAME | ${fallback} }}` }
    expect(await clearSecrets(path, databaseKey)).toEqual({
      'over http': { ...http, auth: 'a secret token' },
      'over SSE': { ...http, auth: '{{ KEY }}' },
      'over stdio': { 'env:WHO': `{{ WHO | ${fallback} }}` },
    })
  })

  it('knows the children that its process left', async () => {
    const storage = await sqliteStorage({ path }).open()
    try {
      for (const child of then.children) {
        expect(await storage.children.ofHost(child.host)).toContainEqual(expect.objectContaining(child))
      }
    } finally {
      await storage.close()
    }
  })

  it('has its tools found by their words', async () => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
    for (const tool of then.answers.tools) {
      const { id, name, description } = tool as { id: string; name: string; description: string | null }
      for (const words of [name, description ?? name]) {
        const { edges } = await registry.tools.search(words, { first: 100, filter: { includeRemoved: true } })
        expect(edges.map(({ node }) => node.id)).toContain(id)
      }
    }
  })

  it('answers the run that has an idempotency key', async () => {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
    const earlier = await registry.runs.get(then.keyed)
    expect(earlier).toMatchObject({ status: 'SUCCEEDED' })
    const options = { idempotencyKey: 'a key' }
    const again = await registry.tools.start({ id: earlier?.toolId ?? '' }, earlier?.args, options)
    expect(again).toMatchObject({ id: then.keyed, deduplicated: true })
    const other = registry.tools.start({ id: earlier?.toolId ?? '' }, { text: 'another' }, options)
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  })

  it('is sound, and at the version of this program', async () => {
    await (await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })).close()
    const database = new BetterSqlite3(path)
    try {
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(database.pragma('foreign_key_check')).toEqual([])
      const names = database.prepare('select name from kysely_migration order by name').pluck().all()
      expect(names).toEqual(Object.keys(migrations))
    } finally {
      database.close()
    }
  })
})
