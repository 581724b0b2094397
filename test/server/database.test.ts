import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'

const started = await startPostgres()
const postgres = typeof started === 'string' ? undefined : started
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
})

const sqlite = (name: string) => sqliteStorage({ path: file(name) })
const key = Buffer.alloc(32, 1)

const db = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => toolyard(['db', ...args], env)
const file = (name: string) => join(programs.folder, name)
const url = (name: string) => `sqlite:${file(name)}`
const refusal = (text: string) => ({ code: 2, stdout: '', stderr: expect.stringMatching(`^toolyard: .*${text}.*\n$`) })

describe('toolyard db', () => {
  it.skipIf(!postgres)('moves a registry to PostgreSQL and back, with the secrets of its servers', async () => {
    await using remote = await startScripted()
    const first = await createRegistry({ storage: sqlite('first.db') })
    const config = { transport: 'streamableHttp', serverUrl: remote.url, auth: { token: 'the-token' } } as const
    const { id } = await first.servers.create({ name: 'a', config, refresh: false })
    await first.close()
    const target = (await postgres?.create()) ?? ''
    const withKey = { TOOLYARD_SECRET_KEY: key.toString('base64') }

    const exported = await db(['export', '--database-url', url('first.db'), '--out', file('there.jsonl')])
    expect(exported).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Exported \d+ rows of sqlite:\S+first.db\n$/),
      stderr: '',
    })
    expect((await stat(file('there.jsonl'))).mode & 0o777).toBe(0o600)
    const there = ['import', file('there.jsonl'), '--database-url', target]
    expect(await db(there)).toEqual(refusal('TOOLYARD_SECRET_KEY is not set'))
    expect(await db(there, withKey)).toEqual(refusal('--from-key-file'))
    const imported = await db([...there, '--from-key-file', file('first.db.key'), '--json'], withKey)
    expect(JSON.parse(imported.stdout)).toMatchObject({ servers: 1, secret_keys: 1 })

    const dials = async (storage: ReturnType<typeof sqlite>, secretKey?: Buffer) => {
      await using registry = await createRegistry({ storage, ...(secretKey ? { secretKey } : {}) })
      await (await registry.servers.refresh(id)).result()
      expect(remote.asked.at(-1)?.request.headers.authorization).toBe('Bearer the-token')
    }
    await dials(postgresStorage({ connectionString: target }), key)

    const back = await db(['export', '--database-url', target])
    expect(back.stderr).not.toContain('password')
    await writeFile(file('back.jsonl'), back.stdout)
    await writeFile(file('postgres.key'), `${key.toString('base64')}\n`)
    const args = [
      'import',
      file('back.jsonl'),
      '--database-url',
      url('back.db'),
      '--from-key-file',
      file('postgres.key'),
    ]
    expect(await db(args)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Imported \d+ rows into sqlite:\S+back.db\n$/),
    })
    await dials(sqlite('back.db'))
    const status = await db(['status', '--database-url', url('back.db'), '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({
      dialect: 'SQLITE',
      state: 'CURRENT',
      rows: { servers: 1, tools: 1 },
    })
  })

  it('ends with 2 and one line for a database that is in use, and leaves no file then', async () => {
    const serving = await programs.serve(['--database-url', url('used.db')])
    const used = await db(['export', '--database-url', url('used.db'), '--out', file('used.jsonl')])
    expect(used).toEqual(refusal(`in use by the process ${serving.child.pid}`))
    await expect(stat(file('used.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('brings a database up, and tells what is in it', async () => {
    const fresh = ['--database-url', url('new.db')]
    expect(await db(['status', ...fresh])).toEqual(refusal('there is no such file'))
    expect((await db(['migrate', ...fresh])).stdout).toMatch(/^From an empty database to version 0\d+_\w+\n$/)
    expect((await db(['migrate', ...fresh])).stdout).toMatch(/^The database is at version 0\d+_\w+ already\n$/)
    expect((await db(['status', ...fresh])).stdout).toMatch(
      /^sqlite:\S+new.db: SQLite, at version \w+, .*\n(.*\n)*servers +0\n/,
    )
  })

  it('ends with 2 and one line for files that are of no use', async () => {
    const text = file('text.jsonl')
    await writeFile(text, 'no export at all\n')
    const into = ['--database-url', url('target.db')]
    expect(await db(['import', file('nowhere.jsonl'), ...into])).toEqual(
      refusal('nowhere.jsonl: there is no such file'),
    )
    expect(await db(['import', text, ...into])).toEqual(refusal('text.jsonl: Line 1: expected the beginning'))
    expect(await db(['import', text, '--from-key-file', text, ...into])).toEqual(refusal('expected keys'))
    expect(await db(['migrate', '--database-url', 'sqlite::memory:'])).toEqual(refusal('outlives the process'))
    await (await createRegistry({ storage: sqlite('there.db') })).close()
    const onto = await db(['export', '--database-url', url('there.db'), '--out', text])
    expect(onto).toEqual(refusal('it already exists'))
    expect(await readFile(text, 'utf8')).toBe('no export at all\n')
  })
})
