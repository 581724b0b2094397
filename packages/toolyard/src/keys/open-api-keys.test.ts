import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Caller, Operator } from '@toolyard/graphql'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeKey, makeOperatorKey, type NewKey } from './api-key.ts'
import { changeKeys, KeyFileError } from './key-file.ts'
import { type ApiKeys, openApiKeys } from './open-api-keys.ts'

let folder: string
let path: string
const opened: ApiKeys[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-keys-'))
  path = join(folder, 'keys.json')
})
afterEach(async () => {
  for (const keys of opened.splice(0)) keys[Symbol.dispose]()
  await rm(folder, { recursive: true })
})

function open(onError?: (error: unknown) => void): ApiKeys {
  const keys = openApiKeys(path, onError ? { onError } : {})
  opened.push(keys)
  return keys
}

async function add(more: Partial<NewKey> = {}) {
  const made = makeKey({ tenant: 'default', scopes: ['read'], expiresAt: null, ...more })
  await changeKeys(path, (keys) => [...keys, made.entry])
  return made
}

const who = async (keys: ApiKeys, authorization: string | undefined): Promise<Caller | Operator | undefined> =>
  keys.authenticate({ authorization, transport: 'http', header: () => undefined })

it('knows the tenant, the scopes, the id and the expiry of a key', async () => {
  const expiresAt = new Date(Date.now() + 60_000)
  const { key, entry } = await add({ tenant: 'a', scopes: ['read', 'run'], expiresAt })
  expect(await who(open(), `Bearer ${key}`)).toMatchObject({
    tenant: 'a',
    id: entry.id,
    scopes: new Set(['read', 'run']),
    expiresAt: expiresAt.getTime(),
  })
})

it('takes a key from its first use on', async () => {
  const keys = open()
  expect(keys.count).toBe(0)
  const { key } = await add()
  expect(await who(keys, `Bearer ${key}`)).toBeDefined()
})

it('refuses a key from its expiry on', async () => {
  const { key } = await add({ expiresAt: new Date(Date.now() + 200) })
  const keys = open()
  const known = await who(keys, `Bearer ${key}`)
  while (Date.now() < (known?.expiresAt ?? 0)) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await who(keys, `Bearer ${key}`)).toBeUndefined()
})

it('tells of a key that is revoked or changed, and of no other', async () => {
  const [kept, gone, changed] = [await add(), await add(), await add()]
  const keys = open()
  const [first, second, third] = await Promise.all([kept, gone, changed].map(({ key }) => who(keys, `Bearer ${key}`)))
  const ends = [second, third].map((caller) => caller?.revoked && once(caller.revoked, 'abort'))
  await changeKeys(path, ([one]) => (one ? [one, { ...changed.entry, scopes: ['admin'] }] : []))
  await Promise.all(ends)
  expect(first?.revoked?.aborted).toBe(false)
  expect(await who(keys, `Bearer ${kept.key}`)).toBe(first)
  expect(await who(keys, `Bearer ${gone.key}`)).toBeUndefined()
  expect(await who(keys, `Bearer ${changed.key}`)).toMatchObject({ scopes: new Set(['admin']) })
})

it('keeps its keys where the file is broken or gone for a while, and says so once', async () => {
  const { key } = await add()
  const seen: unknown[] = []
  const keys = open((error) => seen.push(error))
  // In one step: a file that is written in place is seen empty too.
  await writeFile(`${path}.new`, '{"version":')
  await rename(`${path}.new`, path)
  expect(await who(keys, 'Bearer tyk_a_0000000000000000000000000000000000000000000')).toBeUndefined()
  expect(await who(keys, 'Bearer tyk_a_0000000000000000000000000000000000000000000')).toBeUndefined()
  expect(await who(keys, `Bearer ${key}`)).toBeDefined()
  expect(seen).toEqual([expect.any(KeyFileError)])
  await rm(path)
  expect(await who(keys, 'Bearer tyk_a_0000000000000000000000000000000000000000000')).toBeUndefined()
  expect(await who(keys, `Bearer ${key}`)).toBeDefined()
  expect(seen).toHaveLength(2)
  const other = await add()
  expect(await who(keys, `Bearer ${other.key}`)).toBeDefined()
  expect(await who(keys, `Bearer ${key}`)).toBeUndefined()
})

it('has no tenant for a key with the scope operator', async () => {
  const { entry, key } = makeOperatorKey({ expiresAt: null })
  await changeKeys(path, () => [entry])
  expect(await who(open(), `Bearer ${key}`)).toEqual({
    tenant: null,
    id: entry.id,
    expiresAt: null,
    revoked: expect.any(AbortSignal),
  })
})

it.each([
  ['broken', () => writeFile(path, '{')],
  ['gone', () => rm(path)],
  ['a directory', () => rm(path).then(() => mkdir(path))],
  ['a pipe', () => rm(path).then(() => execFileSync('mkfifo', [path]))],
  ['a link to nothing', () => rm(path).then(() => symlink(`${path}.none`, path))],
  ['a link to itself', () => rm(path).then(() => symlink(path, path))],
])('lets no key in once its file was %s for three looks, and again when it is well', async (_, spoil) => {
  const { key, entry } = await add()
  const changes: unknown[] = []
  const keys = open(() => undefined)
  keys.observe({ changed: (change) => changes.push(change), refused: () => undefined })
  const caller = await who(keys, `Bearer ${key}`)
  const ended = caller?.revoked && once(caller.revoked, 'abort')
  const at = performance.now()
  await spoil()
  // What others ask for does not make the time shorter.
  const unknown = setInterval(() => void who(keys, `Bearer tyk_a_${'0'.repeat(43)}`), 5)
  await ended
  clearInterval(unknown)
  expect(performance.now() - at).toBeGreaterThan(1_500)
  expect(await who(keys, `Bearer ${key}`)).toBeUndefined()
  expect(keys).toMatchObject({ status: 'CLOSED', failedReads: 3 })
  await rm(path, { recursive: true, force: true })
  await changeKeys(path, () => [entry])
  while (!(await who(keys, `Bearer ${key}`))) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(keys.status).toBe('OPEN')
  // The key was neither revoked nor added anew.
  expect(changes).toHaveLength(1)
})

it('does not open a broken file', async () => {
  await writeFile(path, 'no')
  expect(() => open()).toThrow(KeyFileError)
})

it.each([
  ['nothing', () => undefined],
  ['an empty one', () => ''],
  ['the key alone', (key: string) => key],
  ['another scheme', (key: string) => `Basic ${key}`],
  ['no scheme', (key: string) => ` ${key}`],
  ['the key twice', (key: string) => `Bearer ${key}, Bearer ${key}`],
  ['a word behind it', (key: string) => `Bearer ${key} x`],
  ['the key in capitals', (key: string) => `Bearer ${key.toUpperCase()}`],
  ['the key without its last letter', (key: string) => `Bearer ${key.slice(0, -1)}`],
  ['the key with another secret', (key: string) => `Bearer ${key.slice(0, -43)}${'A'.repeat(43)}`],
  ['the secret with another id', (key: string) => `Bearer tyk_0_${key.slice(-43)}`],
  ['the key and 10 kB more', (key: string) => `Bearer ${key}${'a'.repeat(10_000)}`],
  ['10 kB', () => `Bearer ${'a'.repeat(10_000)}`],
  ['10 kB of spaces', (key: string) => `Bearer${' '.repeat(10_000)}x${key}`],
  ['a tab', (key: string) => `Bearer\t${key}`],
])('refuses an Authorization of %s', async (_, authorization) => {
  const { key } = await add()
  expect(await who(open(), authorization(key))).toBeUndefined()
})
