import { createRegistry, type Registry } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'

// As callers without types give them.
const open = (options: object) => createRegistry(options)
const callable = (given: unknown) => given as never

it.each([
  [{ storag: 1 }, ['storag'], 'options: there is no storag; did you mean storage?'],
  [{ refreshConcurrency: 4 }, ['refreshConcurrency'], 'options: there is no refreshConcurrency; expected storage, '],
  [{ sessions: { idelMs: 1 } }, ['sessions', 'idelMs'], 'options.sessions: there is no idelMs; did you mean idleMs?'],
  [{ timeouts: { connect: 1 } }, ['timeouts', 'connect'], 'did you mean connectMs?'],
  [
    { history: 5 },
    ['history'],
    'options.history: expected an object with args, results, maxAgeMs, maxCount, got a number',
  ],
  [{ stdio: ['npx'] }, ['stdio'], 'options.stdio: expected an object with commands, allowEnv, '],
  [{ stdio: { limits: { memory: 1 } } }, ['stdio', 'limits', 'memory'], 'did you mean memoryBytes?'],
  [{ budgets: { listTool: 1 } }, ['budgets', 'listTool'], 'budgets.listTool: '],
  [{ storage: 'x.db' }, ['storage'], 'storage: expected a storage such as sqliteStorage({ path }), got a string'],
  [{ secretKey: 'QUJD' }, ['secretKey'], `got a string; of base64, Buffer.from(text, 'base64') makes bytes`],
  [{ secretKey: [new Uint8Array(16)] }, ['secretKey'], 'got 16; crypto.randomBytes(32) makes one'],
])('createRegistry refuses %o', async (options, path, message) => {
  await expect(open(options)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path,
    message: expect.stringContaining(message),
  })
})

it.each([
  [() => sqliteStorage(callable({ file: 'x.db' })), 'sqliteStorage: there is no file; expected path, busyTimeoutMs'],
  [() => sqliteStorage(callable('x.db')), 'sqliteStorage: expected an object with path, busyTimeoutMs, got a string'],
  [() => sqliteStorage(callable({})), 'sqliteStorage: expected path, a file or :memory:, got nothing'],
  [
    () => postgresStorage(callable({ url: 'postgres://' })),
    'postgresStorage: there is no url; expected connectionString',
  ],
  [() => postgresStorage(callable({})), 'postgresStorage: expected connectionString, or a pool of pg, got nothing'],
])('a storage refuses options that are none (%#)', (make, message) => {
  expect(make).toThrow(message)
})

let registry: Registry
beforeAll(async () => {
  registry = await createRegistry()
})
afterAll(() => registry.close())

const stdio = { transport: 'stdio', command: 'x' }
it.each([
  [{ name: 1, config: stdio }, 'name: expected a string, got a number'],
  [{ name: 'a' }, 'config: expected an object, got nothing'],
  [undefined, 'input: expected an object, got nothing'],
  [
    { name: 'a', config: { transport: 'http' } },
    'config.transport: expected one of stdio, sse, streamableHttp, got another value',
  ],
  [{ name: 'a', config: { transport: 'stdio', comand: 'x' } }, 'config: there is no comand; did you mean command?'],
  [{ name: 'a', descriptions: 'x', config: stdio }, 'input: there is no descriptions; did you mean description?'],
  [{ name: 'a', config: { ...stdio, args: 'y' } }, 'config.args: expected a list, got a string'],
  [{ name: 'a', labels: 'x', config: stdio }, 'labels: expected a list, got a string'],
  [{ name: 'a', toolChangePolicy: 'X', config: stdio }, 'toolChangePolicy: expected one of ACCEPT, WARN, QUARANTINE'],
  [{ name: 'x'.repeat(300), config: stdio }, 'name: expected at most 255 characters, got more'],
])('a server of %o is refused in words of the library', async (input, message) => {
  const error: unknown = await registry.servers.create(callable(input)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(message) })
  expect(String(error)).not.toMatch(/Invalid input|received|Unrecognized/)
})

it.each(['a/b', undefined, { name: 'a/b' }, { server: 'a' }, { id: 5 }])('a run of %o is refused', async (ref) => {
  await expect(registry.tools.run(callable(ref))).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: ['tool'],
    message: expect.stringContaining('tool: expected { id } or { server, tool }, got '),
  })
})

it('a server that is enabled again has the status that was known of it', async () => {
  const config = { transport: 'stdio', command: process.execPath, args: ['-e', 'process.exit(1)'] } as const
  const { id } = await registry.servers.create({ name: 'switched', refresh: false, config })
  await (await registry.servers.refresh(id)).result().catch(() => undefined)
  const known = await registry.servers.get(id)
  expect(known?.status).toBe('ERROR')
  expect((await registry.servers.update(id, { enabled: false })).server.status).toBe('DISABLED')
  const { server } = await registry.servers.update(id, { enabled: true })
  expect(server).toMatchObject({ status: 'ERROR', health: known?.health })
  // What was known of another configuration says nothing of this one.
  await registry.servers.update(id, { enabled: false })
  const other = { transport: 'replace', config: { ...config, args: [] } } as const
  expect((await registry.servers.update(id, { enabled: true, config: other })).server.status).toBe('NEVER_CONNECTED')
})
