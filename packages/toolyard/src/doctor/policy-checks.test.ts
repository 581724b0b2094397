import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KeyEntry, makeKey } from '../keys/api-key.ts'
import { readSettings } from '../settings/settings.ts'
import { checkPolicies } from './policy-checks.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const days = (count: number) => new Date(now + count * 86_400_000)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function keysFile(keys: readonly KeyEntry[], mode = 0o600): Promise<string> {
  const path = join(folder, 'keys.json')
  await writeFile(path, JSON.stringify({ version: 1, keys }))
  await chmod(path, mode)
  return path
}

async function found(env: Readonly<Record<string, string>>, path = process.env.PATH ?? '') {
  const checks = await checkPolicies(readSettings({}, env), { ...env, PATH: path }, now)
  return checks.flatMap(({ code, subject }) => (code === null ? [] : [`${subject} ${code}`]))
}
const key = (expiresAt: Date | null) => makeKey({ tenant: 'default', scopes: ['read'], expiresAt }).entry

describe('policies', () => {
  it('that let everything be are fine where only this machine is served', async () => {
    expect(await found({})).toEqual([])
  })

  it('that let everything be are told where keys are asked for, unless that is the default', async () => {
    const TOOLYARD_API_KEYS = await keysFile([key(null)])
    expect(await found({ TOOLYARD_API_KEYS })).toEqual([])
    const open = { TOOLYARD_STDIO: '*', TOOLYARD_NETWORK: '*', TOOLYARD_SECRET_ENV: '*' }
    expect(await found({ TOOLYARD_API_KEYS, ...open })).toEqual([
      'TOOLYARD_STDIO ANY_COMMAND_ALLOWED',
      'TOOLYARD_NETWORK ANY_ADDRESS_ALLOWED',
      'TOOLYARD_SECRET_ENV ANY_VARIABLE_READABLE',
    ])
  })

  it('tell of commands that run any code, where keys are asked for', async () => {
    const TOOLYARD_API_KEYS = await keysFile([key(null)])
    const TOOLYARD_STDIO = '/usr/bin/env,/bin/sh'
    expect(await found({ TOOLYARD_STDIO })).toEqual([])
    const any = 'TOOLYARD_STDIO ANY_CODE_ALLOWED'
    expect(await found({ TOOLYARD_STDIO, TOOLYARD_API_KEYS })).toEqual([any, any])
    expect(await found({ TOOLYARD_STDIO: '/bin/true', TOOLYARD_API_KEYS })).toEqual([])
  })

  it('tell of commands that are allowed and not there, and of limits that nothing sets', async () => {
    const TOOLYARD_STDIO = `no-such-command,${process.execPath}`
    const only = [folder, dirname(process.execPath)].join(delimiter)
    expect(await found({ TOOLYARD_STDIO, TOOLYARD_STDIO_CPU_SECONDS: '5' }, only)).toEqual([
      'TOOLYARD_STDIO ALLOWED_COMMAND_MISSING',
      'prlimit PRLIMIT_MISSING',
    ])
  })
})

describe('the file of API keys', () => {
  it('tells of keys that are over, and of those that soon will be', async () => {
    const TOOLYARD_API_KEYS = await keysFile([key(days(-1)), key(days(13)), key(days(15)), key(null)])
    const expected = ['TOOLYARD_API_KEYS API_KEY_EXPIRED', 'TOOLYARD_API_KEYS API_KEY_EXPIRES']
    expect(await found({ TOOLYARD_API_KEYS })).toEqual(expected)
  })

  it('tells that others may use it', async () => {
    const TOOLYARD_API_KEYS = await keysFile([key(null)], 0o640)
    expect(await found({ TOOLYARD_API_KEYS })).toEqual([`${TOOLYARD_API_KEYS} FILE_OPEN_TO_OTHERS`])
  })

  it('tells that there is no key, or no file of keys', async () => {
    const TOOLYARD_API_KEYS = join(folder, 'keys.json')
    expect(await found({ TOOLYARD_API_KEYS })).toEqual(['TOOLYARD_API_KEYS NO_API_KEY'])
    await writeFile(TOOLYARD_API_KEYS, '{', { mode: 0o600 })
    expect(await found({ TOOLYARD_API_KEYS })).toEqual(['TOOLYARD_API_KEYS KEYS_FILE_INVALID'])
  })
})
