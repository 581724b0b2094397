import { once } from 'node:events'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres/postgres.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'

const started = await startPostgres()
if (typeof started === 'string') process.stderr.write(`${started}; its tests are skipped\n`)

const env = { TOOLYARD_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') }

async function ask(url: string, query: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  // What was asked for decides what is there.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return (await response.json()) as any
}

describe.skipIf(typeof started === 'string')('toolyard serve on PostgreSQL', () => {
  let postgres: TestPostgres
  let programs: Programs
  let proxy: TcpProxy
  let databaseUrl: string
  beforeAll(async () => {
    if (typeof started === 'string') throw new Error(started)
    postgres = started
    programs = await startPrograms()
    const url = new URL(await postgres.create())
    proxy = await startTcpProxy(Number(url.port))
    databaseUrl = Object.assign(url, { port: String(proxy.port), hostname: '127.0.0.1' }).href
  })
  afterEach(() => programs.kill())
  afterAll(async () => {
    await programs[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  })

  const serve = (): Promise<Serving> => programs.serve(['--database-url', databaseUrl], env)
  const readyOf = async ({ base }: Serving) => (await fetch(`${base}/ready`)).status

  it('shows over one process what was created over another', async () => {
    const [one, other] = await Promise.all([serve(), serve()])
    const config = '{ stdio: { command: "node" } }'
    const created = await ask(
      one.url,
      `mutation { createMcpServer(input: { name: "shared", config: ${config}, refresh: false }) {
        ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } ... on UserError { message } } }`,
    )
    const { id } = created.data.createMcpServer.server
    const { data } = await ask(other.url, '{ mcpServers { edges { node { ... on McpServerBase { id name } } } } }')
    expect(data.mcpServers.edges).toEqual([{ node: { id, name: 'shared' } }])
    for (const { child, exit } of [one, other]) {
      child.kill('SIGTERM')
      expect(await exit).toEqual([0, null])
    }
  })

  it('ends with 3 and one line where the database is away at its shutdown', async () => {
    const { child, exit, stderr } = await serve()
    await proxy.cut()
    try {
      child.kill('SIGTERM')
      expect(await exit).toEqual([3, null])
      expect(stderr().trimEnd().split('\n').at(-1)).toMatch(/^toolyard: postgres:\/\/postgres@127\.0\.0\.1:\d+\//)
    } finally {
      await proxy.mend()
    }
  })

  it('is not ready while the database cannot be used, says so to who asks, and goes on once it can', async () => {
    const serving = await serve()
    expect(await readyOf(serving)).toBe(200)
    await proxy.cut()
    try {
      await expect.poll(() => readyOf(serving)).toBe(503)
      expect((await fetch(`${serving.base}/health`)).status).toBe(200)
      const { errors } = await ask(serving.url, '{ mcpServers { totalCount } }')
      expect(errors).toMatchObject([{ extensions: { code: 'STORAGE_UNAVAILABLE' } }])
    } finally {
      await proxy.mend()
    }
    await expect.poll(() => readyOf(serving)).toBe(200)
    proxy.freeze('ALL')
    try {
      await expect.poll(() => readyOf(serving)).toBe(503)
    } finally {
      proxy.thaw()
    }
    await expect.poll(() => readyOf(serving)).toBe(200)
    expect((await ask(serving.url, '{ mcpServers { totalCount } }')).errors).toBeUndefined()
    expect(serving.stderr()).not.toContain('password')
  })

  it('waits at the start for a database that cannot be reached, with one line in the log', async () => {
    await proxy.cut()
    const { stderr, child } = programs.toolyard(['serve', '--port', '0', '--database-url', databaseUrl], env)
    const says = async (text: string) => {
      while (!stderr().includes(text)) await once(child.stderr ?? child, 'data')
    }
    try {
      await says('it is tried again')
    } finally {
      await proxy.mend()
    }
    await says('toolyard listening on')
    expect(stderr().trim().split('\n')).toHaveLength(2)
  })

  it('ends with 3 and one line where it stays away, and does not tell the password', async () => {
    const address = `127.0.0.1:${proxy.port}/db`
    await proxy.cut()
    try {
      const url = `postgres://me:hidden-word@${address}?password=hidden-word`
      const served = programs.toolyard(['serve', '--port', '0'], {
        ...env,
        TOOLYARD_DATABASE_URL: url,
        TOOLYARD_DATABASE_WAIT_MS: '300',
      })
      const asked = await toolyard(['db', 'status', '--database-url', url])
      const secrets = await toolyard(['secrets', 'status', '--database-url', url], env)
      const line = `toolyard: postgres://me@${address}: The database is unavailable: it cannot be reached (ECONNREFUSED)`
      expect((await served.exit)[0]).toBe(3)
      const [logged = '', told] = served.stderr().trim().split('\n')
      expect(JSON.parse(logged)).toMatchObject({ level: 40, database: `postgres://me@${address}`, waitMs: 300 })
      expect(told).toContain(line)
      for (const { code, stderr } of [asked, secrets]) {
        expect(code).toBe(3)
        expect(stderr).toContain(line)
        expect(stderr.trim().split('\n')).toHaveLength(1)
      }
      for (const said of [served.stderr(), asked.stderr, secrets.stderr]) expect(said).not.toContain('hidden-word')
    } finally {
      await proxy.mend()
    }
  })

  it('ends with 2 and one line for a key that is missing, and for a database of a newer version', async () => {
    const url = await postgres.create()
    const keyless = await toolyard(['serve', '--database-url', url])
    expect((await toolyard(['db', 'migrate', '--database-url', url])).code).toBe(0)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query("insert into toolyard.kysely_migration (name, timestamp) values ('0099_later', '')")
    await client.end()
    const newer = await toolyard(['serve', '--database-url', url], env)
    const status = await toolyard(['db', 'status', '--database-url', url])
    const migrated = await toolyard(['db', 'migrate', '--database-url', url])
    const ends = [
      [keyless, 'TOOLYARD_SECRET_KEY is not set, and PostgreSQL needs it'],
      [newer, 'the database is at version 0099_later, this program knows versions up to '],
      [migrated, 'the database is at version 0099_later, this program knows versions up to '],
    ] as const
    for (const [{ code, stderr }, line] of ends) {
      expect(code).toBe(2)
      expect(stderr.toLowerCase()).toContain(line.toLowerCase())
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    expect(status.code).toBe(0)
    expect(status.stdout).toContain('PostgreSQL, at version 0099_later')
  })
})
