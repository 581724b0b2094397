import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCommandPolicy } from './command-policy.ts'

let root: string
const at = (...names: readonly string[]) => join(root, ...names)
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'toolyard-')))
  for (const folder of ['good', 'evil']) {
    await mkdir(at(folder))
    for (const name of ['tool', 'other']) await writeFile(at(folder, name), '#!/bin/sh\n', { mode: 0o755 })
  }
  await writeFile(at('good', 'text'), 'no program', { mode: 0o644 })
  await symlink(at('good'), at('link'))
  await symlink(at('good', 'tool'), at('good', 'alias'))
  await symlink(at('evil', 'tool'), at('evil', 'good-tool'))
})
afterAll(() => rm(root, { recursive: true }))

const start = (list: readonly string[], command: string, more: { cwd?: string } = {}) =>
  createCommandPolicy(list, at('good')).assertCommand({ command, cwd: more.cwd ?? null })
const refused = expect.objectContaining({ code: 'STDIO_NOT_ALLOWED' })

describe('a command', () => {
  it('that is named, or lies where the name is found, is started as that file', () => {
    for (const command of ['tool', at('good', 'tool'), at('link', 'tool')]) {
      expect([at('good', 'tool'), at('link', 'tool')]).toContain(start(['tool'], command))
    }
    expect(start([at('good', 'tool')], 'tool')).toBe(at('good', 'tool'))
    expect(start(['tool'], './tool', { cwd: at('good') })).toBe(at('good', 'tool'))
    expect(start(['tool', 'other'], 'other')).toBe(at('good', 'other'))
  })

  it('that comes to another file is refused, whatever it is called', () => {
    const others: readonly [string, { cwd?: string }?][] = [
      ['other'],
      [at('evil', 'tool')],
      ['./tool', { cwd: at('evil') }],
      // A program may do something else by another name.
      ['alias'],
      [at('evil', 'good-tool')],
      ['text'],
      ['missing'],
      ['tool --flag'],
      ['tool;other'],
      [''],
    ]
    for (const [command, more] of others) {
      expect(() => start(['tool'], command, more), command).toThrow(refused)
    }
  })

  it('is refused where none is allowed, and taken as it is where all are', () => {
    expect(() => start([], 'tool')).toThrow('The command "tool" may not be run by this registry: no command is allowed')
    expect(start(['*'], 'missing')).toBe('missing')
    expect(createCommandPolicy([], '').isAnyAllowed).toBe(false)
    expect(createCommandPolicy(['tool'], '').isAnyAllowed).toBe(true)
  })
})

it('a list with something else in it is refused', () => {
  for (const wrong of [' ', './tool', 'bin/tool']) {
    expect(() => createCommandPolicy([wrong], '')).toThrow(
      `stdio.commands: expected names, absolute paths or *, got "${wrong}"`,
    )
  }
})
