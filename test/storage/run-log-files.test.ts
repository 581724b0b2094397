import { readdirSync, statSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultTenant } from '../../packages/core/src/base/ids.ts'
import type { RunRecord } from '../../packages/core/src/model/job.ts'
import type { Storage } from '../../packages/core/src/storage/storage.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { run, server, tool } from './records.ts'
import { RunLogModel, steps } from './run-log-model.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'registry.db')
})
afterEach(() => rm(folder, { recursive: true }))

const isLog = (name: string) => name.includes('-runs-')
const logsOf = async () => (await readdir(folder)).filter(isLog)
const bytesOf = async () =>
  Buffer.concat(await Promise.all((await logsOf()).map((name) => readFile(join(folder, name)))))
const unexpected = (damage: Error) => {
  throw damage
}

/** What the database itself has, without its files. */
function rowsOf(table: 'runs' | 'run_logs' | 'run_journal'): number {
  const database = new BetterSqlite3(path, { readonly: true })
  try {
    return Number(database.prepare(`select count(*) from ${table}`).pluck().get())
  } finally {
    database.close()
  }
}

/** Opens a storage whose runs are flushed by reads alone, however slow the machine is: its timers never end. */
async function openWithoutTimers(): Promise<Storage> {
  const storage = await sqliteStorage({ path }).open()
  const { tenant, close } = storage
  const frozen = async <Answer>(work: () => Promise<Answer>) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      return await work()
    } finally {
      vi.useRealTimers()
    }
  }
  return {
    ...storage,
    tenant: (id) => {
      const own = tenant(id)
      return { ...own, commit: (...args) => frozen(() => own.commit(...args)) }
    },
    close: () => close(),
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const one = tool(server().id, 'a')
async function begin(storage: Storage, patch: Partial<RunRecord> = {}): Promise<RunRecord> {
  const begun = run(one, { status: 'RUNNING', startedAt: 5, ...patch })
  await storage.tenant(defaultTenant).commit([
    { kind: 'insertRun', run: begun },
    { kind: 'appendJobEvents', jobId: begun.id, at: 5, events: [{ type: 'ToolRunStarted' }] },
  ])
  return begun
}

async function end(storage: Storage, begun: RunRecord): Promise<void> {
  await storage.tenant(defaultTenant).commit([
    { kind: 'updateRun', run: { ...begun, status: 'SUCCEEDED', finishedAt: 6 } },
    { kind: 'appendJobEvents', jobId: begun.id, at: 6, events: [{ type: 'ToolRunFinished', status: 'SUCCEEDED' }] },
  ])
}

describe.each([
  ['a file beside the database', 'registry.db', steps],
  // Too long a name for a file of the log, and short enough for those of SQLite. A process that is taken over while it lives
  // is noticed by the file alone.
  [
    'the table, if no file can be made',
    `${'r'.repeat(240)}.db`,
    steps.map((all) => all.filter(({ kind }) => kind !== 'TAKE_OVER')),
  ],
])('the log of runs in %s', (medium, name, stepsOf) => {
  let template: string
  beforeEach(async () => {
    // To migrate a database takes longer than most steps.
    template = join(folder, 'template.db')
    await (await sqliteStorage({ path: template }).open()).close()
  })

  it('has every run exactly once after any reads, deletions, kills and takeovers', async () => {
    let database = 0
    await fc.assert(
      fc.asyncProperty(stepsOf, async (given) => {
        database += 1
        const own = join(folder, `${database}${name.slice(3)}`)
        await copyFile(template, own)
        const model = await RunLogModel.open(own)
        try {
          for (const step of given) await model.take(step)
          await model.check()
        } finally {
          await model.close()
        }
        expect(await logsOf()).toEqual([])
      }),
      { numRuns: propertyRuns(60) },
    )
  })

  it('is where the steps of a run are before the tables have it', async () => {
    path = join(folder, name)
    const storage = await openWithoutTimers()
    await begin(storage)
    expect([rowsOf('runs'), await logsOf().then((names) => names.length), rowsOf('run_journal')]).toEqual(
      medium.startsWith('a file') ? [0, 1, 0] : [0, 0, 1],
    )
    await storage.close()
    expect([rowsOf('runs'), rowsOf('run_logs'), rowsOf('run_journal'), await logsOf()]).toEqual([1, 0, 0, []])
  })
})

describe('the file of the log', () => {
  it('is readable by its owner alone, is emptied once the tables have all of it, and is removed at the close', async () => {
    const storage = await openWithoutTimers()
    expect(await logsOf()).toEqual([])
    const { id } = await begin(storage)
    const [log = ''] = await logsOf()
    const { mode, size } = await stat(join(folder, log))
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBeGreaterThan(100)
    expect(rowsOf('runs')).toBe(0)
    expect(await storage.tenant(defaultTenant).runs.get(id)).toMatchObject({ status: 'RUNNING' })
    expect([rowsOf('runs'), (await stat(join(folder, log))).size]).toEqual([1, 0])
    await storage.close()
    expect([rowsOf('run_logs'), await logsOf()]).toEqual([0, []])
  })

  it('that a process left with a last entry cut off has all entries before it', async () => {
    const storage = await openWithoutTimers()
    const runs = [await begin(storage), await begin(storage), await begin(storage)]
    const [log = ''] = await logsOf()
    const bytes = await bytesOf()
    await writeFile(join(folder, log), bytes.subarray(0, -10))
    const next = await sqliteStorage({ path }).open()
    await next.recover(() => true, unexpected)
    const { getMany } = next.tenant(defaultTenant).runs
    expect((await getMany(runs.map(({ id }) => id))).map(({ id }) => id)).toEqual(runs.slice(0, 2).map(({ id }) => id))
    expect([rowsOf('run_logs'), await logsOf()]).toEqual([0, []])
    await next.close()
    await storage.close()
  })

  it('that is damaged is read up to there, and the registry that finds it says so', async () => {
    const storage = await openWithoutTimers()
    const first = await begin(storage)
    const before = (await bytesOf()).length
    const second = await begin(storage)
    const [log = ''] = await logsOf()
    const bytes = await bytesOf()
    bytes[before + 40] = 0
    await writeFile(join(folder, log), bytes)
    const told: unknown[] = []
    await using registry = await createRegistry({
      storage: sqliteStorage({ path }),
      onError: (error) => told.push(error),
    })
    expect(told).toEqual([
      expect.objectContaining({
        code: 'STORAGE_INVALID',
        message: expect.stringContaining(`${log} is damaged: ${bytes.length - before} bytes from byte ${before} on`),
      }),
    ])
    expect(await registry.runs.get(first.id)).toMatchObject({ status: 'OUTCOME_UNKNOWN' })
    expect(await registry.runs.get(second.id)).toBeUndefined()
    await storage.close()
  })

  it('of a living process is left alone by others', async () => {
    const storage = await openWithoutTimers()
    const node = 'node_1' as RunRecord['ownerId']
    const { id } = await begin(storage, { ownerId: node })
    const other = await sqliteStorage({ path }).open()
    await other.recover((each) => each !== node, unexpected)
    expect([rowsOf('runs'), await logsOf().then(({ length }) => length)]).toEqual([0, 1])
    await other.recover((each) => each === node, unexpected)
    expect(await other.tenant(defaultTenant).runs.get(id)).toMatchObject({ ownerId: node })
    await other.close()
    await storage.close()
  })

  it('takes the next step of a run while a flush of it waits for the lock', async () => {
    // With its timers, by which it tries again to get the lock.
    const storage = await sqliteStorage({ path, busyTimeoutMs: 60_000 }).open()
    const first = await begin(storage)
    const other = new BetterSqlite3(path)
    other.exec('begin immediate')
    const order: string[] = []
    const reading = storage.tenant(defaultTenant).runs.get(first.id)
    void reading.finally(() => order.push('read'))
    // By now the read waits for the lock.
    await nextTurn()
    const second = await begin(storage)
    await Promise.all([end(storage, first), end(storage, second)])
    order.push('ended')
    other.exec('rollback')
    other.close()
    // What is read later has what was committed earlier.
    expect(await reading).toMatchObject({ status: 'SUCCEEDED' })
    expect(order).toEqual(['ended', 'read'])
    const { runs, log } = storage.tenant(defaultTenant)
    for (const { id } of [first, second]) {
      expect(await runs.get(id)).toMatchObject({ status: 'SUCCEEDED' })
      expect((await log.jobEvents(id, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2])
    }
    await storage.close()
  })

  it('that is taken over while runs begin and are read loses none of them', async () => {
    const storage = await openWithoutTimers()
    const first = await begin(storage)
    const second = await begin(storage)
    const other = await sqliteStorage({ path }).open()
    await other.recover(() => true, unexpected)
    const { getMany } = storage.tenant(defaultTenant).runs
    // The read finds out, while the next entry waits for others of its turn.
    const reading = getMany([first.id])
    const third = await begin(storage)
    expect(await reading).toHaveLength(1)
    expect(await getMany([first, second, third].map(({ id }) => id))).toHaveLength(3)
    await other.close()
    await storage.close()
    expect([rowsOf('runs'), rowsOf('run_logs'), await logsOf()]).toEqual([3, 0, []])
  })

  it('that is taken over keeps a step that was begun before its owner found out, and committed after', async () => {
    // The owner finds out by the read; the second step comes so many turns of the event loop later.
    for (let turns = 0; turns < 12; turns += 1) {
      const storage = await openWithoutTimers()
      const [first, second] = [await begin(storage), await begin(storage)]
      const other = await sqliteStorage({ path }).open()
      await other.recover(() => true, unexpected)
      const ending = end(storage, first)
      const reading = storage.tenant(defaultTenant).runs.get(first.id)
      for (let turn = 0; turn < turns; turn += 1) await nextTurn()
      await Promise.all([ending, reading, end(storage, second)])
      // What another process would find if this one were killed now.
      const left = join(folder, `left${turns}.db`)
      for (const name of await readdir(folder)) {
        if (name.startsWith('registry.db')) await copyFile(join(folder, name), name.replace('registry.db', left))
      }
      const next = await sqliteStorage({ path: left }).open()
      await next.recover(() => true, unexpected)
      const { runs, log } = next.tenant(defaultTenant)
      for (const { id } of [first, second]) {
        expect((await runs.get(id))?.status, `after ${turns} turns`).toBe('SUCCEEDED')
        expect((await log.jobEvents(id, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2])
      }
      await Promise.all([next.close(), other.close(), storage.close()])
    }
  })

  it('is exported, as what a killed process left', async () => {
    const storage = await openWithoutTimers()
    const { id } = await begin(storage)
    const lines: string[] = []
    for await (const line of sqliteStorage({ path }).maintenance.exportLines()) lines.push(line)
    expect(lines.join()).toContain(`"runs","row":{"id":"${id}"`)
    await storage.close()
  })

  it('has no run twice if the database is an older copy, whose mark is behind', async () => {
    const storage = await openWithoutTimers()
    const { id } = await begin(storage)
    const [log = ''] = await logsOf()
    const bytes = await bytesOf()
    expect(await storage.tenant(defaultTenant).runs.get(id)).toMatchObject({ status: 'RUNNING' })
    const database = new BetterSqlite3(path)
    database.exec('update run_logs set flushes = 0, flushed_to = 0')
    database.close()
    await writeFile(join(folder, log), bytes)
    const next = await sqliteStorage({ path }).open()
    await next.recover(() => true, unexpected)
    const { runs, log: events } = next.tenant(defaultTenant)
    expect([await runs.count({}), await events.jobEvents(id, 0, 10)]).toEqual([
      1,
      [{ seq: 1, at: 5, event: { type: 'ToolRunStarted' } }],
    ])
    await next.close()
    await storage.close()
  })

  it('of the original stays where it is when a copy of the database is opened', async () => {
    const storage = await openWithoutTimers()
    const { id } = await begin(storage)
    const copy = join(folder, 'copy.db')
    const database = new BetterSqlite3(path)
    await database.backup(copy)
    database.close()
    const copied = await sqliteStorage({ path: copy }).open()
    await copied.recover(() => true, unexpected)
    expect(await copied.tenant(defaultTenant).runs.count({})).toBe(0)
    await copied.close()
    const next = await sqliteStorage({ path }).open()
    await next.recover(() => true, unexpected)
    expect(await next.tenant(defaultTenant).runs.get(id)).toMatchObject({ status: 'RUNNING' })
    await next.close()
    await storage.close()
  })

  it('does not grow without end while the tables cannot be written', async () => {
    const storage = await sqliteStorage({ path, busyTimeoutMs: 0 }).open()
    await begin(storage)
    const other = new BetterSqlite3(path)
    other.exec('begin immediate')
    const args = { text: 'x'.repeat(14_000) }
    let stored = 1
    const refused = async () => {
      for (;;) {
        await begin(storage, { args })
        stored += 1
      }
    }
    await expect(refused()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect((await bytesOf()).length).toBeLessThan(5 * 1_024 * 1_024)
    other.exec('rollback')
    other.close()
    expect(await storage.tenant(defaultTenant).runs.count({})).toBe(stored)
    expect((await bytesOf()).length).toBe(0)
    await storage.close()
  })

  it('is emptied while runs go on side by side without a rest', async () => {
    const storage = await openWithoutTimers()
    const args = { text: 'x'.repeat(14_000) }
    let largest = 0
    const work = async () => {
      for (let n = 0; n < 60; n += 1) {
        await end(storage, await begin(storage, { args }))
        largest = Math.max(
          largest,
          ...readdirSync(folder)
            .filter(isLog)
            .map((name) => statSync(join(folder, name)).size),
        )
      }
    }
    await Promise.all(Array.from({ length: 12 }, work))
    expect(largest).toBeGreaterThan(3 * 1_024 * 1_024)
    expect(largest).toBeLessThan(5 * 1_024 * 1_024)
    await storage.close()
    expect(rowsOf('runs')).toBe(720)
  })

  it('shares one write among the entries of a turn, and each commit is on disk once it resolves', async () => {
    const storage = await sqliteStorage({ path }).open()
    await begin(storage)
    const texts = ['one', 'two', 'three', 'four']
    await Promise.all(
      texts.map(async (text) => {
        await begin(storage, { args: { text } })
        expect((await bytesOf()).toString()).toContain(`{"text":"${text}"}`)
      }),
    )
    await storage.close()
    expect(rowsOf('runs')).toBe(5)
  })
})
