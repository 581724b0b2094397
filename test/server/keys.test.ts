import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type ServingHere, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(() => programs[Symbol.asyncDispose]())

let files = 0
/** A file of its own for each test. */
function newFile(): string {
  files += 1
  return join(programs.folder, `keys-${files}.json`)
}

const keys = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => toolyard(['keys', ...args], env)

interface Added {
  readonly id: string
  readonly key: string
}

async function add(file: string, ...more: readonly string[]): Promise<Added> {
  const { code, stdout, stderr } = await keys(['add', '--tenant', 'default', '--scopes', 'read', '--json', ...more], {
    TOOLYARD_API_KEYS: file,
  })
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

async function ask(url: string, key: string | undefined, query = '{ registryInfo { stdioAllowed } }') {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({ query }),
  })
  return { status: response.status, text: await response.text() }
}

/** Open, with a feed that goes on. */
async function follow(url: string, key: string) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  const closed = once(socket, 'close').then(([code]) => code)
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  const query = 'subscription { mcpServerEvents { __typename } }'
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
  const leave = new AbortController()
  const stream = await fetch(url, {
    method: 'POST',
    signal: leave.signal,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  })
  return { socket, closed, streamed: stream.text(), leave: () => leave.abort() }
}

describe('toolyard keys', () => {
  it('adds a key, shows it once, and keeps a hash in a file for its owner alone', async () => {
    const file = newFile()
    const { id, key } = await add(file, '--expires', '30d', '--name', 'a laptop')
    expect(key).toMatch(new RegExp(`^tyk_${id}_[\\w-]{43}$`))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).not.toContain(key.slice(-43))
    const shown = await keys(['list', '--json', '--file', file])
    expect(JSON.parse(shown.stdout)).toEqual([
      {
        id,
        tenant: 'default',
        scopes: ['read'],
        name: 'a laptop',
        createdAt: expect.any(String),
        expiresAt: expect.any(String),
      },
    ])
    const table = (await keys(['list', '--file', file])).stdout.trim().split('\n')
    expect(table).toHaveLength(2)
    expect(table[1]).toMatch(new RegExp(`^${id} +default +read .* a laptop$`))
  })

  it('prints the key alone to stdout, for people and pipes', async () => {
    const { code, stdout, stderr } = await keys(['add', '--tenant', 'a', '--scopes', 'read,run', '--file', newFile()])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^tyk_[0-9a-f]{16}_[\w-]{43}\n$/)])
    expect(stderr).not.toContain(stdout.trim())
  })

  it('makes a key without a tenant for operators', async () => {
    const file = newFile()
    const { code, stderr } = await keys(['add', '--scopes', 'operator', '--file', file])
    expect(code).toBe(0)
    expect(stderr).toContain('for metrics is in')
    const [listed] = JSON.parse((await keys(['list', '--json', '--file', file])).stdout)
    expect(listed).toMatchObject({ scopes: ['operator'] })
    expect(listed).not.toHaveProperty('tenant')
  })

  it('loses no key when several processes add at the same time', async () => {
    const file = newFile()
    const args = ['keys', 'add', '--tenant', 'default', '--scopes', 'read', '--json', '--file', file]
    const adding = Array.from({ length: 8 }, () => programs.toolyard(args))
    expect(await Promise.all(adding.map(async ({ exit }) => (await exit)[0]))).toEqual(adding.map(() => 0))
    const added = adding.map(({ stdout }): Added => JSON.parse(stdout()))
    const { stdout } = await keys(['list', '--json', '--file', file])
    expect(
      JSON.parse(stdout)
        .map(({ id }: Added) => id)
        .sort(),
    ).toEqual(added.map(({ id }) => id).sort())
  })

  it('revokes a key, and leaves the others', async () => {
    const file = newFile()
    const [one, two] = [await add(file), await add(file)]
    expect(await keys(['revoke', one.id, '--file', file])).toMatchObject({
      code: 0,
      stdout: `Key ${one.id} is revoked\n`,
    })
    expect((await keys(['list', '--file', file])).stdout).not.toContain(one.id)
    expect((await keys(['list', '--file', file])).stdout).toContain(two.id)
    expect(await keys(['revoke', one.id, '--file', file])).toMatchObject({ code: 2, stdout: '' })
  })

  it.each([
    [['add', '--tenant', 'A', '--scopes', 'read'], '--tenant is "A", takes 1 to 64 lower-case letters'],
    [['add', '--tenant', 'a', '--scopes', 'read,all'], '--scopes is "read,all", takes read, run, write, admin'],
    [['add', '--tenant', 'a', '--scopes', ''], '--scopes is ""'],
    [
      ['add', '--tenant', 'a', '--scopes', 'read', '--expires', 'soon'],
      '--expires is "soon", takes a time from now such as 90d',
    ],
    [['add', '--tenant', 'a', '--scopes', 'read', '--expires', '2020-01-01'], '--expires is "2020-01-01"'],
    [['add', '--tenant', 'a', '--scopes', 'operator'], '--tenant: a key with the scope operator has no tenant'],
    [['add', '--scopes', 'operator,read'], '--scopes is "operator,read": operator goes with no other scope'],
    [['add', '--tenant', 'a', '--scopes', 'admin,operator'], 'operator goes with no other scope'],
    [['add', '--scopes', 'read'], '--tenant is missing'],
    [['add', '--tenant', 'a'], "required option '--scopes <scopes>' not specified"],
    [['revoke', 'nothing'], 'has the id "nothing"; see toolyard keys list'],
    [['revoke'], "missing required argument 'id'"],
    [['lis'], "unknown command 'lis'"],
  ])('ends with 2 and one line for %j', async (args, line) => {
    const file = newFile()
    const { code, stdout, stderr } = await keys(args, { TOOLYARD_API_KEYS: file })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(line)
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  it('ends with 2 for a missing or malformed file', async () => {
    expect(await keys(['list'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('set TOOLYARD_API_KEYS or pass --file'),
    })
    const file = newFile()
    await writeFile(file, '{"version":1,"keys":"marker"}')
    for (const args of [['list'], ['add', '--tenant', 'a', '--scopes', 'read'], ['revoke', 'a']]) {
      const { code, stderr } = await keys([...args, '--file', file])
      expect(code).toBe(2)
      expect(stderr).toContain(`${file}: expected a file of API keys`)
      expect(stderr).not.toContain('marker')
    }
    expect(await readFile(file, 'utf8')).toContain('marker')
  })
})

describe('toolyard serve with keys', () => {
  const serve = (file: string, ...args: readonly string[]): Promise<ServingHere> =>
    programs.serveHere(args, { TOOLYARD_API_KEYS: file })

  it('answers those who have one, and lets nothing run that is not named', async () => {
    const file = newFile()
    const { key } = await add(file)
    const { url, base } = await serve(file)
    const answers = await Promise.all(
      [undefined, `${key}a`, key.toUpperCase(), 'a'.repeat(10_000)].map((each) => ask(url, each)),
    )
    for (const { status } of answers) expect(status).toBe(401)
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const answered = await ask(url, key)
    expect(answered.status).toBe(200)
    expect(JSON.parse(answered.text).data).toEqual({ registryInfo: { stdioAllowed: false } })
    for (const path of ['/health', '/ready']) expect((await fetch(base + path)).status).toBe(200)
  })

  it('lets what is named run', async () => {
    const file = newFile()
    const { key } = await add(file)
    const { url } = await serve(file, '--stdio', 'npx')
    expect((await ask(url, key)).text).toContain('"stdioAllowed":true')
  })

  it('binds an address that others reach', async () => {
    const file = newFile()
    const { key } = await add(file)
    const { url } = await serve(file, '--host', '0.0.0.0')
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    const address = addresses.find(({ family }) => family === 'IPv4')?.address ?? '127.0.0.1'
    const there = url.replace('0.0.0.0', address)
    expect((await ask(there, key)).status).toBe(200)
    expect((await ask(there, undefined)).status).toBe(401)
  })

  it.each([
    [
      ['--host', '0.0.0.0'],
      {},
      'without API keys only a loopback address may be bound; make one with "toolyard keys add',
    ],
    [[], { TOOLYARD_HOST: '::' }, 'TOOLYARD_HOST is "::": without API keys'],
    [['--host', 'no host'], {}, '--host is "no host", takes an address or a name'],
    [
      ['--host', '192.0.2.1'],
      { TOOLYARD_API_KEYS: 'none.json' },
      'TOOLYARD_HOST is "192.0.2.1": this machine has no such address',
    ],
    [['--api-keys', '.'], {}, 'TOOLYARD_API_KEYS is ".": cannot be read (EISDIR)'],
    [['--allowed-origins', '*'], {}, '--allowed-origins is "*", takes origins such as https://app.example'],
    [[], { TOOLYARD_ALLOWED_ORIGINS: 'https://a.example/b' }, 'TOOLYARD_ALLOWED_ORIGINS is "https://a.example/b"'],
  ])('ends with 2 and one line for %j %j', async (args, env, line) => {
    const all = ['serve', '--port', '0', '--database-url', 'sqlite::memory:', '--log-level', 'error', ...args]
    const { code, stderr } = await toolyard(all, env)
    expect(code).toBe(2)
    expect(stderr).toContain(line)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('ends with 2 and one line for a malformed file', async () => {
    const file = newFile()
    await writeFile(file, '{"version":1,"keys":[{"id":"marker"}]}')
    const { code, stderr } = await toolyard(['serve', '--port', '0', '--api-keys', file])
    expect(code).toBe(2)
    expect(stderr).toContain(
      `TOOLYARD_API_KEYS is "${file}": expected a file of API keys; keys.0.hash: expected a string, got nothing`,
    )
    expect(stderr).not.toContain('marker')
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('toolyard serve whose keys change', () => {
  let own: Programs
  let file: string
  let serving: ServingHere
  beforeAll(async () => {
    own = await startPrograms()
    file = join(own.folder, 'keys.json')
    serving = await own.serveHere([], { TOOLYARD_API_KEYS: file })
  })
  afterAll(() => own[Symbol.asyncDispose]())

  it('takes keys that are added while it runs, the first of all too', async () => {
    const { url, stderr } = serving
    expect(stderr()).toContain('add one with toolyard keys add')
    expect((await ask(url, 'tyk_a_0000000000000000000000000000000000000000000')).status).toBe(401)
    const { key } = await add(file)
    expect((await ask(url, key)).status).toBe(200)
  })

  it('ends the sockets and streams of a key that is revoked, and refuses it like one that never was', async () => {
    const { url } = serving
    const [one, two] = [await add(file), await add(file)]
    const [gone, kept] = [await follow(url, one.key), await follow(url, two.key)]
    await keys(['revoke', one.id, '--file', file])
    expect(await gone.closed).toBe(4403)
    expect(await gone.streamed).toContain('"code":"UNAUTHENTICATED"')
    expect(await ask(url, one.key)).toEqual(await ask(url, `tyk_a_${'0'.repeat(43)}`))
    expect(kept.socket.readyState).toBe(WebSocket.OPEN)
    expect((await ask(url, two.key)).status).toBe(200)
    kept.socket.terminate()
    kept.leave()
    await expect(kept.streamed).rejects.toThrow('aborted')
  })

  it('ends the sockets and streams of a key that expires', async () => {
    const { url } = serving
    const { key } = await add(file, '--expires', '3s')
    const { closed, streamed } = await follow(url, key)
    expect(await closed).toBe(4403)
    expect(await streamed).toContain('"code":"UNAUTHENTICATED"')
    expect((await ask(url, key)).status).toBe(401)
  })
})
