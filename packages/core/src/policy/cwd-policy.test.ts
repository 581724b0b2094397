import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCwdPolicy } from './cwd-policy.ts'

let root: string
const at = (...names: readonly string[]) => join(root, ...names)
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'toolyard-')))
  await mkdir(at('good', 'below'), { recursive: true })
  await mkdir(at('good-not'))
  await symlink(at('good-not'), at('good', 'out'))
  await symlink(at('good', 'below'), at('in'))
})
afterAll(() => rm(root, { recursive: true }))

function isAllowed(list: readonly string[], cwd: string | null): boolean {
  try {
    createCwdPolicy(list).assertCwd(cwd, ['cwd'])
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path: ['cwd'] })
    return false
  }
}

it('a server runs in the folders that are named and below them, links followed', () => {
  for (const cwd of [at('good'), at('good', 'below'), at('in'), at('good', 'later'), `${at('good')}/./below/..`]) {
    expect(isAllowed([at('good')], cwd), cwd).toBe(true)
  }
  for (const cwd of [root, at('good-not'), at('good', 'out'), at('good', '..'), '.', '/', '', 'good']) {
    expect(isAllowed([at('good')], cwd), cwd).toBe(false)
    expect(isAllowed([], cwd)).toBe(false)
    expect(isAllowed(['*'], cwd)).toBe(true)
  }
  expect(isAllowed([], null)).toBe(true)
  expect(isAllowed(['/'], at('good-not'))).toBe(true)
})

it('a folder is an absolute path', () => {
  expect(() => createCwdPolicy(['good'])).toThrow('stdio.allowCwd: expected absolute paths or *, got "good"')
})
