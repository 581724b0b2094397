import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry, rotateSecretKey, secretKeyStatus } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'registry.db')
})
afterEach(() => rm(folder, { recursive: true }))

const newKey = () => new Uint8Array(randomBytes(32))
const http = ({ url }: ScriptedServer, token: Parameters<typeof withToken>[1]) => withToken(url, token)
function withToken(serverUrl: string, token: string | { literal: string } | { env: string } | { provider: string }) {
  return { transport: 'streamableHttp' as const, serverUrl, auth: { token } }
}
const sent = ({ asked }: ScriptedServer) => asked.map(({ request }) => request.headers.authorization)
const refresh = async (registry: Registry, id: string) => (await registry.servers.refresh(id)).result()
/** Changes the stored data, as an attacker with the file would. */
function alter(sql: string, ...parameters: readonly string[]): void {
  const database = new BetterSqlite3(path)
  try {
    database.prepare(sql).run(...parameters)
  } finally {
    database.close()
  }
}
function configOf(id: string): string {
  const database = new BetterSqlite3(path, { readonly: true })
  try {
    return String(database.prepare('select config from servers where id = ?').pluck().get(id))
  } finally {
    database.close()
  }
}

describe('a literal secret', () => {
  it('is stored sealed, reaches its server after a restart, and is told by source and hint alone', async () => {
    await using server = await startScripted()
    const storage = sqliteStorage({ path })
    const first = await createRegistry({ storage })
    const { id } = await registered(first, 'a', http(server, 'sk-0123456789abcdefWXYZ'))
    await first.close()
    expect((await stat(`${path}.key`)).mode & 0o777).toBe(0o600)
    expect(configOf(id)).not.toContain('sk-0123456789')
    await using second = await createRegistry({ storage })
    await refresh(second, id)
    expect(new Set(sent(server))).toEqual(new Set(['Bearer sk-0123456789abcdefWXYZ']))
    expect(await second.servers.get(id)).toMatchObject({
      auth: { token: { name: 'Authorization', isSet: true, source: 'LITERAL', reference: null, hint: 'WXYZ' } },
    })
  })

  it('that is set to what it was changes nothing, and to another one does', async () => {
    await using registry = await createRegistry()
    const config = withToken('http://127.0.0.1:9/', 'one')
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    const set = async (token: string) =>
      (await registry.servers.update(id, { config: { transport: 'streamableHttp', auth: { token } } })).changed
    expect([await set('one'), await set('two'), await set('two')]).toEqual([false, true, false])
  })

  it('has templates that are filled, without being opened to know their names', async () => {
    await using server = await startScripted()
    await using registry = await createRegistry()
    const config = http(server, 'key-{{ USER }}-{{ REGION | eu }}')
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    await expect(registry.servers.refresh(id)).rejects.toThrow('needs a value for {{ USER }}')
    await (await registry.servers.refresh(id, { variables: { USER: 'me' } })).result()
    expect(sent(server)[0]).toBe('Bearer key-me-eu')
  })
})

describe('a secret that cannot be opened', () => {
  async function three(server: ScriptedServer, secretKey: Uint8Array) {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey })
    const a = await registered(registry, 'a', http(server, 'token-of-a'))
    const b = await registered(registry, 'b', http(server, 'token-of-b'))
    const open = await registered(registry, 'open', { transport: 'streamableHttp', serverUrl: server.url })
    return { a: a.id, b: b.id, open: open.id }
  }
  const unreadable = (id: string) => ({
    code: 'SECRET_UNREADABLE',
    message: expect.stringMatching(new RegExp(`The secret of the server ${id} in auth .* cannot be read`)),
  })

  it('as the key is another one puts its server in ERROR from the start, and no other; the right key mends it', async () => {
    await using server = await startScripted()
    const [key, wrong] = [newKey(), newKey()]
    const ids = await three(server, key)
    const second = await createRegistry({ storage: sqliteStorage({ path }), secretKey: wrong })
    for (const id of [ids.a, ids.b]) {
      expect(await second.servers.get(id)).toMatchObject({ status: 'ERROR', health: { lastError: unreadable(id) } })
      await expect(refresh(second, id)).rejects.toMatchObject(unreadable(id))
    }
    expect(await second.tools.run({ server: 'a', tool: 'echo' })).toMatchObject({
      status: 'FAILED',
      error: unreadable(ids.a),
    })
    expect(await second.servers.get(ids.open)).toMatchObject({ status: 'READY' })
    await refresh(second, ids.open)
    // Set anew, it is sealed with a key that is there.
    await second.servers.update(ids.a, { config: { transport: 'streamableHttp', auth: { token: 'new-token' } } })
    expect(await second.servers.get(ids.a)).toMatchObject({ status: 'NEVER_CONNECTED', health: { lastError: null } })
    await refresh(second, ids.a)
    expect(sent(server).at(-1)).toBe('Bearer new-token')
    await second.close()
    await using third = await createRegistry({ storage: sqliteStorage({ path }), secretKey: [wrong, key] })
    expect(await third.servers.get(ids.b)).toMatchObject({ status: 'NEVER_CONNECTED' })
    await refresh(third, ids.b)
    expect(sent(server).at(-1)).toBe('Bearer token-of-b')
  })

  it('as it was damaged or put in the place of another one neither', async () => {
    await using server = await startScripted()
    const key = newKey()
    const ids = await three(server, key)
    const [a, b] = [configOf(ids.a), configOf(ids.b)]
    const open = () => createRegistry({ storage: sqliteStorage({ path }), secretKey: key })
    const sealed = /v1\.[\w-]+\.[\w-]+/
    // The ciphertext of the one in the row of the other.
    alter('update servers set config = ? where id = ?', a.replace(sealed, sealed.exec(b)?.[0] ?? ''), ids.a)
    const swapped = await open()
    expect(await swapped.servers.get(ids.a)).toMatchObject({
      status: 'ERROR',
      health: { lastError: unreadable(ids.a) },
    })
    await refresh(swapped, ids.b)
    await swapped.close()
    // From a header of the same server.
    const moved = JSON.stringify({ ...JSON.parse(a), headers: [{ name: 'X-A', value: JSON.parse(a).auth.token }] })
    alter('update servers set config = ? where id = ?', moved, ids.a)
    const inHeader = await open()
    const inPlace = expect.stringContaining(`The secret of the server ${ids.a} in header:x-a`)
    expect(await inHeader.servers.get(ids.a)).toMatchObject({ health: { lastError: { message: inPlace } } })
    await inHeader.close()
    for (const broken of ['', 'nonsense', sealed.exec(a)?.[0]?.slice(0, -2) ?? '']) {
      alter('update servers set config = ? where id = ?', a.replace(sealed, broken), ids.a)
      await using registry = await open()
      expect(await registry.servers.get(ids.a)).toMatchObject({ status: 'ERROR' })
      await refresh(registry, ids.b)
    }
    alter('update servers set config = ? where id = ?', a, ids.a)
    await using mended = await open()
    expect(await mended.servers.get(ids.a)).toMatchObject({ status: 'NEVER_CONNECTED' })
  })
})

describe('the master key', () => {
  it('is replaced while a registry serves, which is not disturbed', async () => {
    await using server = await startScripted()
    const storage = sqliteStorage({ path })
    await using serving = await createRegistry({ storage, sessions: { idleMs: 0 } })
    const { id } = await registered(serving, 'a', http(server, 'the-token'))
    const rotated = await Promise.allSettled([rotateSecretKey({ storage }), rotateSecretKey({ storage })])
    expect(rotated.map(({ status }) => status)).toContain('fulfilled')
    expect(await secretKeyStatus({ storage })).toEqual({ dataKeys: 1, current: 1, old: 0, unreadable: 0 })
    await refresh(serving, id)
    await registered(serving, 'b', http(server, 'another-token'))
    await using after = await createRegistry({ storage })
    const before = server.asked.length
    for (const { node } of (await after.servers.list()).edges) await refresh(after, node.id)
    expect(new Set(sent(server).slice(before))).toEqual(new Set(['Bearer another-token', 'Bearer the-token']))
  })

  it('given as NEW, OLD wraps what OLD wrapped, and OLD is needed no more', async () => {
    const storage = sqliteStorage({ path })
    const [old, fresh, other] = [newKey(), newKey(), newKey()]
    await (await createRegistry({ storage, secretKey: old })).close()
    expect(await secretKeyStatus({ storage, secretKey: [fresh, old] })).toMatchObject({ current: 0, old: 1 })
    expect(await rotateSecretKey({ storage, secretKey: [fresh, old] })).toMatchObject({ current: 1, unreadable: 0 })
    expect(await secretKeyStatus({ storage, secretKey: [fresh] })).toMatchObject({ current: 1 })
    expect(await rotateSecretKey({ storage, secretKey: [other, old] })).toMatchObject({ current: 0, unreadable: 1 })
  })

  it('that is invalid is rejected, and not quoted', async () => {
    const marker = Buffer.from('marker')
    for (const secretKey of [new Uint8Array(marker), [], [newKey(), marker]]) {
      const opening = createRegistry({ secretKey })
      await expect(opening).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['secretKey'] })
      await expect(opening).rejects.not.toThrow(/marker|109/)
    }
  })
})

describe('a secret that is read elsewhere', () => {
  it('comes from a variable that the registry may read, anew at each connection', async () => {
    await using server = await startScripted()
    const values = new Map([['APP_TOKEN', 'one-{{X}}']])
    await using registry = await createRegistry({
      secretEnv: { names: ['APP_*'], read: (name) => values.get(name) },
      sessions: { idleMs: 0 },
    })
    const { id } = await registered(registry, 'a', http(server, { env: 'APP_TOKEN' }))
    expect(await registry.servers.get(id)).toMatchObject({
      auth: { token: { source: 'ENV', reference: 'APP_TOKEN', hint: null } },
    })
    values.set('APP_TOKEN', 'two')
    await refresh(registry, id)
    values.delete('APP_TOKEN')
    await expect(refresh(registry, id)).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.stringContaining(
        `${id} in auth (the token for Authorization) cannot be read: the environment variable APP_TOKEN is not set`,
      ),
    })
    // Only literals have templates.
    expect([...new Set(sent(server))]).toEqual(['Bearer one-{{X}}', 'Bearer two'])
  })

  it('that fails to be read says so, and its words go to the operator alone', async () => {
    await using server = await startScripted()
    const seen: unknown[] = []
    const read = (): string => {
      throw new Error('marker')
    }
    await using registry = await createRegistry({
      secretEnv: { names: ['T'], read },
      onError: (error) => seen.push(error),
    })
    const failing = registered(registry, 'a', http(server, { env: 'T' }))
    await expect(failing).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.stringContaining('reading the environment variable T failed'),
    })
    expect(seen).toEqual([expect.objectContaining({ message: 'marker' })])
  })

  it('is refused when it is stored where it may not be read, and again when it is dialled', async () => {
    await using server = await startScripted()
    const storage = sqliteStorage({ path })
    const first = await createRegistry({ storage, secretEnv: { names: ['A'], read: () => 'value' } })
    const refused = (path: readonly string[]) => ({ code: 'INVALID_INPUT', path })
    const creating = first.servers.create({ name: 'x', config: http(server, { env: 'B' }) })
    await expect(creating).rejects.toMatchObject(refused(['config', 'auth', 'token', 'env']))
    const withProvider = first.servers.create({ name: 'x', config: http(server, { provider: 'a/b' }) })
    await expect(withProvider).rejects.toMatchObject(refused(['config', 'auth', 'token', 'provider']))
    const { id } = await registered(first, 'a', http(server, { env: 'A' }))
    const headers = { transport: 'streamableHttp' as const, setHeaders: { 'X-B': { env: 'B' } } }
    const patching = first.servers.update(id, { config: headers })
    await expect(patching).rejects.toMatchObject(refused(['config', 'setHeaders', 'X-B', 'env']))
    await first.close()
    await using second = await createRegistry({ storage })
    await expect(refresh(second, id)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('the environment variable A may not be read'),
    })
    // It can still be changed otherwise.
    const patch = { transport: 'streamableHttp' as const, setHeaders: { 'X-C': 'c' } }
    expect((await second.servers.update(id, { config: patch })).changed).toBe(true)
  })

  it('comes from a provider, which is told the tenant and has until connectMs', async () => {
    await using server = await startScripted()
    const asked: unknown[] = []
    const seen: unknown[] = []
    let answer: () => Promise<string> = async () => 'from-the-vault'
    await using registry = await createRegistry({
      secretProvider: {
        read(reference, { tenant, signal }) {
          asked.push({ reference, tenant, aborted: signal.aborted })
          return answer()
        },
      },
      timeouts: { connectMs: 300 },
      sessions: { idleMs: 0 },
      onError: (error) => seen.push(error),
    })
    const { id } = await registered(registry, 'a', http(server, { provider: 'kv/app#token' }))
    expect(sent(server)[0]).toBe('Bearer from-the-vault')
    expect(asked[0]).toEqual({ reference: 'kv/app#token', tenant: 'default', aborted: false })
    answer = () => Promise.reject(new Error('the vault says marker'))
    const failing = refresh(registry, id)
    await expect(failing).rejects.toMatchObject({ code: 'SECRET_UNREADABLE', retryable: true })
    await expect(failing).rejects.not.toThrow('marker')
    expect(seen).toEqual([expect.objectContaining({ message: 'the vault says marker' })])
    answer = () => new Promise(() => undefined)
    await expect(refresh(registry, id)).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('is read anew once the server says that it will not do any more', async () => {
    let accepted = 'Bearer first'
    await using server = await startScripted(({ request, response }) => {
      if (request.headers.authorization === accepted) return false
      response.writeHead(401).end()
      return true
    })
    let current = 'first'
    await using registry = await createRegistry({ secretEnv: { names: ['T'], read: () => current } })
    await registered(registry, 'a', http(server, { env: 'T' }))
    const run = () => registry.tools.run({ server: 'a', tool: 'echo' })
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' })
    current = 'second'
    accepted = 'Bearer second'
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' })
    expect(registry.stats().sessionsOpened).toBe(2)
    accepted = 'Bearer third'
    expect(await run()).toMatchObject({ status: 'FAILED', error: { code: 'AUTH_REQUIRED' } })
    current = 'third'
    expect(await run()).toMatchObject({ status: 'SUCCEEDED' })
    expect(registry.stats().sessionsOpened).toBe(3)
  })

  it('is no part of a template, and is asked for by no warm run', async () => {
    await using server = await startScripted(({ method, args, result }) => {
      if (method === 'tools/call') result(textResult(String(args.n)))
      return method === 'tools/call'
    })
    let reads = 0
    const read = () => {
      reads += 1
      return 'value'
    }
    await using registry = await createRegistry({ secretEnv: { names: ['*'], read } })
    await registered(registry, 'a', http(server, { env: 'T' }))
    for (let n = 0; n < 20; n += 1) await registry.tools.run({ server: 'a', tool: 'echo' }, { n })
    expect(reads).toBe(1)
  })
})

it.each([
  [{ literal: 'a', env: 'B' }],
  [{}],
  [{ file: 'a' }],
  [null],
  [7],
  [['a']],
  [{ env: '' }],
  [{ env: 'A=B' }],
  [{ literal: 7 }],
  [{ provider: ' ' }],
])('a secret of another form is refused: %j', async (token) => {
  await using registry = await createRegistry()
  // A caller without types.
  const config = withToken('http://a/', token as never)
  const creating = registry.servers.create({ name: 'a', config, refresh: false })
  await expect(creating).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  await expect(creating).rejects.toThrow(/^config\.auth\.token(\.\w+)?: expected|Invalid/)
})
