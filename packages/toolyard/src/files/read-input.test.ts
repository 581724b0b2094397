import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, open, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readInput } from './read-input.ts'
import { FileReadError } from './read-regular-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  path = join(folder, 'input')
})
afterEach(() => rm(folder, { recursive: true }))

const read = (
  from: string,
  { stdin = new PassThrough(), signal = new AbortController().signal, max = 1_000_000 } = {},
) => readInput(from, { stdin, signal }, max)

describe('an input', () => {
  it('is a file', async () => {
    await writeFile(path, 'tëxt')
    expect(await read(path)).toBe('tëxt')
  })

  it('is a pipe, however late and slow its other end is', async () => {
    execFileSync('mkfifo', [path])
    const reading = read(path)
    spawn('sh', ['-c', `sleep 0.2; (printf a; sleep 0.2; printf '%300000d' 1) > ${path}`])
    const text = await reading
    expect([text.length, text[0]]).toEqual([300_001, 'a'])
  })

  it('is standard input', async () => {
    const stdin = new PassThrough()
    stdin.end('text')
    expect(await read('-', { stdin })).toBe('text')
  })

  it('is given up at the signal', async () => {
    execFileSync('mkfifo', [path])
    // Its other end is there, and says nothing.
    const silent = await open(path, 'r+')
    for (const from of [path, '-']) {
      const controller = new AbortController()
      const reading = read(from, { signal: controller.signal })
      controller.abort(new Error('enough'))
      await expect(reading).rejects.toThrow('enough')
    }
    await silent.close()
  })

  it.each([
    ['a folder', () => mkdir(path), 'cannot be read (EISDIR)'],
    ['a device', () => symlink('/dev/zero', path), 'is a device'],
    ['nothing', () => undefined, 'cannot be read (ENOENT)'],
    ['a link to itself', () => symlink(path, path), 'cannot be read (ELOOP)'],
    ['a file without an end', () => writeFile(path, '').then(() => truncate(path, 2 ** 40)), 'is too long'],
    ['a pipe that nothing is written to', () => execFileSync('mkfifo', [path]), 'nothing is written to'],
  ])('that is %s is refused', async (_, make, message) => {
    await make()
    const reading = read(path)
    await expect(reading).rejects.toThrow(FileReadError)
    await expect(reading).rejects.toThrow(message)
  })

  it('without an end is refused from a pipe and from standard input', async () => {
    const stdin = new PassThrough()
    stdin.write(Buffer.alloc(1_001))
    await expect(read('-', { stdin, max: 1_000 })).rejects.toThrow('expected at most 1000 bytes')
    execFileSync('mkfifo', [path])
    const writer = spawn('sh', ['-c', `cat /dev/zero > ${path}`])
    await expect(read(path)).rejects.toThrow('is too long')
    writer.kill()
  })
})
