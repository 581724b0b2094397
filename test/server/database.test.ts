import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../fixtures/postgres.ts'
import { startScripted } from '../fixtures/scripted-http.ts'
import { type Programs, startPrograms } from '../fixtures/serving.ts'

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

const sqlite = (name: string) => sqliteStorage({ path: join(programs.folder, name) })
const key = Buffer.alloc(32, 1)

async function db(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exit, stdout, stderr } = programs.toolyard(['db', ...args], env)
  const [code] = await exit
  return { code, stdout: stdout(), stderr: stderr() }
}
const refusal = (text: string) => ({ code: 2, stdout: '', stderr: expect.stringMatching(`^toolyard: .*${text}.*\n$`) })

describe('toolyard db', () => {
  it.skipIf(!postgres)('moves a registry to PostgreSQL and back, with the secrets of its servers', async () => {
    await using remote = await startScripted()
    const first = await createRegistry({ storage: sqlite('first.db') })
    const config = { transport: 'streamableHttp', serverUrl: remote.url, auth: { token: 'the-token' } } as const
    const { id } = await first.servers.create({ name: 'a', config, refresh: false })
    await first.close()
    const url = (await postgres?.create()) ?? ''
    const withKey = { TOOLYARD_SECRET_KEY: key.toString('base64') }

    const exported = await db(['export', '--database-url', 'sqlite:first.db', '--out', 'there.jsonl'])
    expect(exported).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Exported \d+ rows of sqlite:first.db\n$/),
      stderr: '',
    })
    expect((await stat(join(programs.folder, 'there.jsonl'))).mode & 0o777).toBe(0o600)
    const there = ['import', 'there.jsonl', '--database-url', url]
    expect(await db(there)).toEqual(refusal('TOOLYARD_SECRET_KEY is not set'))
    expect(await db(there, withKey)).toEqual(refusal('--from-key-file'))
    const imported = await db([...there, '--from-key-file', 'first.db.key', '--json'], withKey)
    expect(JSON.parse(imported.stdout)).toMatchObject({ servers: 1, secret_keys: 1 })

    const dials = async (storage: ReturnType<typeof sqlite>, secretKey?: Buffer) => {
      await using registry = await createRegistry({ storage, ...(secretKey ? { secretKey } : {}) })
      await (await registry.servers.refresh(id)).result()
      expect(remote.asked.at(-1)?.request.headers.authorization).toBe('Bearer the-token')
    }
    await dials(postgresStorage({ connectionString: url }), key)

    const back = await db(['export', '--database-url', url])
    expect(back.stderr).not.toContain('password')
    await writeFile(join(programs.folder, 'back.jsonl'), back.stdout)
    await writeFile(join(programs.folder, 'postgres.key'), `${key.toString('base64')}\n`)
    const args = ['import', 'back.jsonl', '--database-url', 'sqlite:back.db', '--from-key-file', 'postgres.key']
    expect(await db(args)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Imported \d+ rows into sqlite:back.db\n$/),
    })
    await dials(sqlite('back.db'))
    const status = await db(['status', '--database-url', 'sqlite:back.db', '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({
      dialect: 'SQLITE',
      state: 'CURRENT',
      rows: { servers: 1, tools: 1 },
    })
  })

  it('ends with 2 and one line for a database that is in use, and leaves no file then', async () => {
    const serving = await programs.serve(['--database-url', 'sqlite:used.db'])
    const used = await db(['export', '--database-url', 'sqlite:used.db', '--out', 'used.jsonl'])
    expect(used).toEqual(refusal(`in use by the process ${serving.child.pid}`))
    await expect(stat(join(programs.folder, 'used.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('brings a database up, and tells what is in it', async () => {
    const url = ['--database-url', 'sqlite:new.db']
    expect(await db(['status', ...url])).toEqual(refusal('there is no such file'))
    expect((await db(['migrate', ...url])).stdout).toMatch(/^From an empty database to version 0\d+_\w+\n$/)
    expect((await db(['migrate', ...url])).stdout).toMatch(/^The database is at version 0\d+_\w+ already\n$/)
    expect((await db(['status', ...url])).stdout).toMatch(
      /^sqlite:new.db: SQLite, at version \w+, .*\n(.*\n)*servers +0\n/,
    )
  })

  it('ends with 2 and one line for files that are of no use', async () => {
    const file = join(programs.folder, 'text.jsonl')
    await writeFile(file, 'no export at all\n')
    const into = ['--database-url', 'sqlite:target.db']
    expect(await db(['import', 'nowhere.jsonl', ...into])).toEqual(refusal('nowhere.jsonl: there is no such file'))
    expect(await db(['import', 'text.jsonl', ...into])).toEqual(refusal('text.jsonl: Line 1: expected the beginning'))
    expect(await db(['import', 'text.jsonl', '--from-key-file', 'text.jsonl', ...into])).toEqual(
      refusal('expected keys'),
    )
    expect(await db(['migrate', '--database-url', 'sqlite::memory:'])).toEqual(refusal('outlives the process'))
    await (await createRegistry({ storage: sqlite('there.db') })).close()
    const onto = await db(['export', '--database-url', 'sqlite:there.db', '--out', 'text.jsonl'])
    expect(onto).toEqual(refusal('it is there already'))
    expect(await readFile(file, 'utf8')).toBe('no export at all\n')
  })
})
