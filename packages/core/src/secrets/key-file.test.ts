import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyFile } from './key-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'registry.db.key')
})
afterEach(() => rm(folder, { recursive: true }))

const noProblem = (problem: Error) => {
  throw problem
}

describe('a key file', () => {
  it('is created if it is missing, for its owner alone, and is read from then on', async () => {
    const [key] = await keyFile(path).read(noProblem)
    expect(key).toHaveLength(32)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await keyFile(path).read(noProblem)).toEqual([key])
    expect(await readdir(folder)).toEqual(['registry.db.key'])
  })

  it('is the same for all who begin at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyFile(path).read(noProblem)))
    expect(new Set(keys.map((each) => Buffer.concat(each).toString('hex'))).size).toBe(1)
    expect(await readdir(folder)).toEqual(['registry.db.key'])
  })

  it('is waited for while it has no text yet, and refused where it gets none', async () => {
    await writeFile(path, '', { mode: 0o600 })
    const reading = keyFile(path).read(noProblem)
    const text = `${Buffer.alloc(32, 7).toString('base64')}\n`
    await writeFile(path, text)
    expect(await reading).toEqual([Buffer.alloc(32, 7)])
    await writeFile(path, '')
    await expect(keyFile(path).read(noProblem)).rejects.toMatchObject({ code: 'STORAGE_INVALID' })
  })

  it('with something else in it is refused, and not quoted', async () => {
    await writeFile(path, 'not-a-key\n', { mode: 0o600 })
    const reading = keyFile(path).read(noProblem)
    await expect(reading).rejects.toThrow(`${path}: expected keys of 32 bytes in base64, one a line`)
    await expect(reading).rejects.not.toThrow('not-a-key')
  })

  it.each([
    ['a link to nothing', () => symlink(`${path}.none`, path), 'is a link to a missing file'],
    ['a link to itself', () => symlink(path, path), 'cannot be read (ELOOP)'],
    ['a folder', () => mkdir(path), 'got no regular file'],
    ['a pipe', () => execFileSync('mkfifo', [path]), 'got no regular file'],
    ['a device', () => symlink('/dev/zero', path), 'got no regular file'],
    ['too long', () => writeFile(path, '').then(() => truncate(path, 2 ** 40)), 'at most 65536 bytes'],
  ])('is refused if it is %s', async (_, make, message) => {
    await make()
    const reading = keyFile(path).read(noProblem)
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_INVALID', message: expect.stringContaining(message) })
    expect(await readdir(folder)).toEqual(['registry.db.key'])
  })

  it('whose lock is a pipe is not waited for', async () => {
    execFileSync('mkfifo', [`${path}.lock`])
    await expect(keyFile(path).alone(async () => undefined)).rejects.toThrow('is replacing the key')
  })

  it('that other users may read is reported', async () => {
    await keyFile(path).read(noProblem)
    await chmod(path, 0o644)
    const problems: Error[] = []
    expect(await keyFile(path).read((problem) => problems.push(problem))).toHaveLength(1)
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('(mode 644); set mode 600')])
  })

  it('gets other keys at once, and by one at a time', async () => {
    const file = keyFile(path)
    const old = await file.read(noProblem)
    await file.alone(async () => {
      await expect(file.alone(async () => undefined)).rejects.toThrow(`The process ${process.pid} is replacing the key`)
      await file.replace([Buffer.alloc(32, 1), ...old])
    })
    expect(await file.read(noProblem)).toEqual([Buffer.alloc(32, 1), ...old])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3)
    await file.alone(async () => undefined)
    expect(await readdir(folder)).toEqual(['registry.db.key'])
  })
})
