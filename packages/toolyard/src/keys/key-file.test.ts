import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scopes } from '@toolyard/graphql/internal/caller'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashKey, type KeyEntry, keyOf, makeKey, makeOperatorKey } from './api-key.ts'
import { changeKeys, KeyFileError, parseKeys, readKeys } from './key-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-keys-'))
  path = join(folder, 'keys.json')
})
afterEach(() => rm(folder, { recursive: true }))

const aKey = () => makeKey({ tenant: 'default', scopes: ['read'], expiresAt: null })
const entries = fc
  .uniqueArray(
    fc.record({
      tenant: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,63}$/),
      scopes: fc.uniqueArray(fc.constantFrom(...scopes), { minLength: 1 }),
      expiresAt: fc.option(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })),
      name: fc.string({ maxLength: 200, unit: 'binary' }),
    }),
    { maxLength: 5 },
  )
  .map((all) => all.map((each) => makeKey(each).entry))

describe('a file of keys', () => {
  it.each([
    [[], 'expected an object, got a list'],
    [{ version: 2, keys: [] }, 'version: expected 1, got a number'],
    [{ version: 1, keys: [], extra: 'marker' }, 'it has a member that is not known'],
    [{ version: 1, keys: [{ ...aKey().entry, createdAt: 'marker' }] }, 'keys.0.createdAt: expected a time such as '],
    [
      { version: 1, keys: [{ ...aKey().entry, hash: 'marker' }] },
      'keys.0.hash: expected text that fits /^[0-9a-f]{64}$/',
    ],
  ])('says in words what is wrong with %j', (file, problem) => {
    const parse = () => parseKeys(JSON.stringify(file))
    expect(parse).toThrow(`expected a file of API keys; ${problem}`)
    expect(parse).not.toThrow('marker')
  })

  it('gives back what was put in, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (keys) => {
        await changeKeys(path, () => keys)
        expect(readKeys(path)).toEqual(keys)
      }),
      { numRuns: 50 },
    )
  })

  it('is for its owner alone, holds no key, and leaves no other file', async () => {
    const { entry, key } = aKey()
    await writeFile(path, '{"version":1,"keys":[]}', { mode: 0o644 })
    await changeKeys(path, (keys) => [...keys, entry])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain(key.slice(-43))
    expect(text).toContain(hashKey(key))
    expect(await readdir(folder)).toEqual(['keys.json'])
  })

  it('keeps all of 50 changes at the same time', async () => {
    const made = Array.from({ length: 50 }, aKey)
    await Promise.all(made.map(({ entry }) => changeKeys(path, (keys) => [...keys, entry])))
    expect(
      readKeys(path)
        ?.map(({ id }) => id)
        .sort(),
    ).toEqual(made.map(({ entry }) => entry.id).sort())
  })

  it('stays as it was where a change fails', async () => {
    const { entry } = aKey()
    await changeKeys(path, () => [entry])
    const failing = changeKeys(path, () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(readKeys(path)).toEqual([entry])
    expect(await readdir(folder)).toEqual(['keys.json'])
  })

  it('is changed where a link leads', async () => {
    const link = join(folder, 'link.json')
    await changeKeys(path, () => [])
    await symlink(path, link)
    const { entry } = aKey()
    const operator = makeOperatorKey({ expiresAt: null, name: 'prometheus' })
    await changeKeys(link, () => [entry, operator.entry])
    expect(readKeys(path)).toEqual([entry, operator.entry])
  })

  it('is not waited for without end', async () => {
    await writeFile(`${path}.lock`, '')
    const failing = changeKeys(path, (keys) => keys, { waitMs: 30 })
    await expect(failing).rejects.toThrow(`another process; if no process writes it, remove ${path}.lock`)
  })

  it('that is not there has no keys, and one that cannot be read is refused', () => {
    expect(readKeys(path)).toBeUndefined()
    expect(() => readKeys(folder)).toThrow(KeyFileError)
  })

  it.each([
    ['a pipe', (at: string) => execFileSync('mkfifo', [at]), 'is a pipe: expected a file'],
    ['a device without an end', (at: string) => symlink('/dev/zero', at), 'is a device: expected a file'],
    ['a file without an end', (at: string) => writeFile(at, '').then(() => truncate(at, 2 ** 40)), 'is too long'],
    ['a link to nothing', (at: string) => symlink(`${at}.none`, at), 'is a link to a missing file'],
    ['a link to itself', (at: string) => symlink(at, at), 'cannot be read (ELOOP)'],
  ])('is refused at once if it is %s', async (_, make, message) => {
    await make(path)
    expect(() => readKeys(path)).toThrow(message)
    // Not that of the device, beside which no file is made.
    if (!message.includes('device')) await expect(changeKeys(path, (keys) => keys)).rejects.toThrow(KeyFileError)
    expect(await readdir(folder)).toEqual(['keys.json'])
  })
})

describe('a text that is no file of keys is refused, and never quoted:', () => {
  const fine = aKey().entry
  const file = (...keys: object[]) => JSON.stringify({ version: 1, keys })
  it.each([
    ['nothing', ''],
    ['no JSON', 'marker'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another version', '{"version":2,"keys":[]}'],
    ['a member too many', '{"version":1,"keys":[],"marker":1}'],
    ['no scopes', file({ ...fine, scopes: [] })],
    ['an unknown scope', file({ ...fine, scopes: ['marker'] })],
    ['a tenant that cannot be', file({ ...fine, tenant: 'Marker marker' })],
    ['an invalid date', file({ ...fine, expiresAt: 'marker' })],
    ['a key instead of its hash', file({ ...fine, hash: 'marker' })],
    ['an id twice', file(fine, { ...fine, hash: '0'.repeat(64) })],
    ['a tenant with the scope operator', file({ ...fine, scopes: ['operator'] })],
    ['operator beside another scope', file({ ...fine, tenant: undefined, scopes: ['operator', 'read'] })],
    ['another scope without a tenant', file({ ...fine, tenant: undefined })],
    ['a hash twice', file(fine, { ...fine, id: 'other' })],
  ])('%s', (_, text) => {
    expect(() => parseKeys(text)).toThrow(KeyFileError)
    expect(() => parseKeys(text)).not.toThrow(/marker|\n/i)
  })

  it('any text, and any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseKeys(text)
        } catch (error) {
          expect(error).toBeInstanceOf(KeyFileError)
        }
      }),
    )
  })

  it('any value in the place of any member', () => {
    const members = Object.keys(fine) as (keyof KeyEntry)[]
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.jsonValue(), (member, value) => {
        try {
          expect(parseKeys(file({ ...fine, [member]: value }))).toHaveLength(1)
        } catch (error) {
          expect(error).toBeInstanceOf(KeyFileError)
        }
      }),
    )
  })
})

describe('the key of an Authorization', () => {
  it('is found whatever the case of its scheme', () => {
    const { key } = aKey()
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) expect(keyOf(`${scheme} ${key}`)).toBe(key)
  })

  it('is not found in whatever else is sent', () => {
    const { key } = aKey()
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        fc.pre(!/^bearer *$/i.test(before.replace(/^bearer +$/i, 'bearer')) || after !== '')
        expect(keyOf(`${before}${key}${after}`)).toBeUndefined()
      }),
    )
  })

  it('has 256 random bits and an id of its own', () => {
    const made = Array.from({ length: 100 }, aKey)
    expect(new Set(made.map(({ entry }) => entry.id)).size).toBe(100)
    for (const { key, entry } of made) {
      expect(key).toMatch(new RegExp(`^tyk_${entry.id}_[\\w-]{43}$`))
      expect(Buffer.from(key.slice(-43), 'base64url')).toHaveLength(32)
    }
  })
})
