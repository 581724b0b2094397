import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-oauth-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('list and get show OAuth of a server in words', async () => {
  const local = (...args: readonly string[]) =>
    toolyard(args, { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, 'oauth.db')}` })
  await local('add', 'a', 'https://a.example/mcp', '--no-refresh')
  expect((await local('list')).stdout).not.toContain('OAUTH')
  expect(await local('update', 'a', '--oauth', '--client-id', 'me')).toMatchObject({ code: 0 })
  expect((await local('list')).stdout).toMatch(/^a +NEVER_CONNECTED +not connected +/m)
  const shown = (await local('get', 'a')).stdout
  expect(shown).toMatch(/^OAuth +not connected \(authorization code\)$/m)
  expect(shown).toMatch(/^Client +me \(registered by hand\)$/m)
})
