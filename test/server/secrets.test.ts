import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'
import { toolyard as toolyardHere } from '../fixtures/process/command-line.ts'
import { compileCache } from '../setup/compile-cache.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))
let folder: string
let path: string
const started: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'toolyard.db')
})
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function toolyard(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return { child, exit, said: () => said }
}
const done = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const { code, stdout, stderr } = await toolyardHere(args, { TOOLYARD_DATABASE_URL: `sqlite:${path}`, ...env })
  return { code, said: `${stdout}${stderr}` }
}
async function serve(env: Readonly<Record<string, string>> = {}) {
  const serving = toolyard(['serve', '--port', '0'], env)
  for (;;) {
    const url = /^toolyard listening on (http:\S+)$/m.exec(serving.said())?.[1]
    if (url) return { ...serving, url }
    const isOver = await Promise.race([
      once(serving.child.stderr, 'data').then(() => false),
      serving.exit.then(() => true),
    ])
    if (isOver) throw new Error(`toolyard ended: ${serving.said()}`)
  }
}
async function ask(url: string, query: string, variables: object = {}) {
  const body = JSON.stringify({ query, variables })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  // What was asked for decides what is there.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return (await response.json()) as any
}
async function create(url: string, name: string, serverUrl: string, token: object): Promise<string> {
  const query = `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) {
    ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } ... on UserError { message code path } } }`
  const config = { streamableHttp: { serverUrl, auth: { header: { token } } } }
  const { data } = await ask(url, query, { input: { name, config, refresh: false } })
  return data.createMcpServer.server?.id ?? JSON.stringify(data.createMcpServer)
}
async function refresh(url: string, id: string): Promise<string> {
  const query = `mutation ($id: ID!) { refreshMcpServer(input: { id: $id, wait: true }) {
    ... on RefreshMcpServerPayload { refresh { status error { message } } } ... on UserError { message } } }`
  const { data } = await ask(url, query, { id })
  const { refresh, message } = data.refreshMcpServer
  return refresh ? `${refresh.status} ${refresh.error?.message ?? ''}` : message
}
const newKey = (byte: number) => Buffer.alloc(32, byte).toString('base64')

describe('toolyard secrets', () => {
  it('rotates the key file while a server serves, which is not disturbed', async () => {
    await using server = await startScripted()
    const { url, child, exit } = await serve()
    const id = await create(url, 'a', server.url, { literal: 'the-token-of-a' })
    const before = await readFile(`${path}.key`, 'utf8')
    expect((await stat(`${path}.key`)).mode & 0o777).toBe(0o600)
    const rotated = await done(['secrets', 'rotate'])
    expect(rotated).toEqual({ code: 0, said: 'All secrets are protected by the current key\n' })
    const after = await readFile(`${path}.key`, 'utf8')
    expect(after).not.toBe(before)
    expect(after.trim().split('\n')).toHaveLength(1)
    expect(await refresh(url, id)).toBe('SUCCEEDED ')
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
    const again = await serve()
    expect(await refresh(again.url, id)).toBe('SUCCEEDED ')
    expect(server.asked.at(-1)?.request.headers.authorization).toBe('Bearer the-token-of-a')
    const status = await done(['secrets', 'status', '--json'])
    expect(JSON.parse(status.said)).toEqual({ dataKeys: 1, current: 1, old: 0, unreadable: 0 })
    expect((await readdir(folder)).filter((file) => file.includes('.key'))).toEqual(['toolyard.db.key'])
  })

  it('wraps anew what TOOLYARD_SECRET_KEY=NEW,OLD tells it to', async () => {
    const [fresh, old] = [newKey(1), newKey(2)]
    await (await createRegistry({ storage: sqliteStorage({ path }), secretKey: Buffer.from(old, 'base64') })).close()
    const one = await done(['secrets', 'rotate'], { TOOLYARD_SECRET_KEY: fresh })
    expect(one).toMatchObject({ code: 2, said: expect.stringContaining('has one key, and takes NEW,OLD to rotate') })
    const lost = await done(['secrets', 'status'], { TOOLYARD_SECRET_KEY: fresh })
    expect(lost).toMatchObject({ code: 1, said: expect.stringContaining('1 by a missing key') })
    expect((await done(['secrets', 'rotate'], { TOOLYARD_SECRET_KEY: `${fresh},${old}` })).code).toBe(0)
    expect((await done(['secrets', 'status'], { TOOLYARD_SECRET_KEY: fresh })).code).toBe(0)
    expect(await readdir(folder)).not.toContain('toolyard.db.key')
  })

  it('goes on where a rotation ended half-way', async () => {
    const storage = sqliteStorage({ path })
    await (await createRegistry({ storage })).close()
    // The new key is in the file, and nothing is wrapped with it yet.
    const old = await readFile(`${path}.key`, 'utf8')
    await writeFile(`${path}.key`, `${newKey(3)}\n${old}`)
    expect((await done(['secrets', 'status'])).said).toContain('1 by an older key')
    await (await createRegistry({ storage })).close()
    expect((await done(['secrets', 'status'])).said).toBe('All secrets are protected by the current key\n')
    expect((await done(['secrets', 'rotate'])).code).toBe(0)
    expect((await readFile(`${path}.key`, 'utf8')).trim().split('\n')).toHaveLength(1)
  })

  it('ends with 2 where there is no database', async () => {
    const { code, said } = await done(['secrets', 'status', '--database-url', 'sqlite:nowhere.db'])
    expect(code).toBe(2)
    expect(said).toBe('toolyard: TOOLYARD_DATABASE_URL is "sqlite:nowhere.db": there is no such file\n')
  })
})

describe('toolyard serve', () => {
  it.each(['not-a-key', `${newKey(1)},`, `${newKey(1)},marker`, newKey(1).slice(4)])(
    'ends with 2 for an invalid key, and does not quote it: %s',
    async (key) => {
      const { code, stderr } = await toolyardHere(['serve', '--port', '0'], { TOOLYARD_SECRET_KEY: key })
      expect(code).toBe(2)
      expect(stderr).toBe(
        'toolyard: TOOLYARD_SECRET_KEY is something else, takes 32 bytes in base64, or NEW,OLD to rotate\n',
      )
    },
  )

  it('reads secrets from the variables that it may, and never from its own settings', async () => {
    await using server = await startScripted()
    const key = newKey(5)
    const env = { TOOLYARD_SECRET_KEY: key, APP_TOKEN: 'from-the-environment', OTHER: 'x' }
    const open = await serve(env)
    expect(await refresh(open.url, await create(open.url, 'a', server.url, { env: 'APP_TOKEN' }))).toBe('SUCCEEDED ')
    expect(server.asked.at(-1)?.request.headers.authorization).toBe('Bearer from-the-environment')
    const own = await create(open.url, 'b', server.url, { env: 'TOOLYARD_SECRET_KEY' })
    expect(await refresh(open.url, own)).toContain('the environment variable TOOLYARD_SECRET_KEY is not set')
    expect(JSON.stringify(server.asked.map(({ request }) => request.headers))).not.toContain(key.slice(0, 20))
    open.child.kill('SIGTERM')
    await open.exit
    const narrow = await serve({ ...env, TOOLYARD_SECRET_ENV: 'APP_*' })
    expect(await create(narrow.url, 'c', server.url, { env: 'OTHER' })).toContain('may not be read for secrets')
  })

  it('that several begin at once on a new database share one key', async () => {
    const all = await Promise.all([serve(), serve(), serve()])
    await using server = await startScripted()
    const ids = await Promise.all(
      all.map(({ url }, n) => create(url, `s${n}`, server.url, { literal: `token-${n}-of-three` })),
    )
    for (const { url } of all) for (const id of ids) expect(await refresh(url, id)).toBe('SUCCEEDED ')
    const sent = server.asked.map(({ request }) => request.headers.authorization)
    expect(new Set(sent)).toEqual(new Set([0, 1, 2].map((n) => `Bearer token-${n}-of-three`)))
    expect((await readdir(folder)).filter((file) => file.includes('.key'))).toEqual(['toolyard.db.key'])
  })
})
