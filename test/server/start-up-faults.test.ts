import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(() => programs[Symbol.asyncDispose]())

let files = 0
/** A path that is not used yet. */
function newPath(): string {
  files += 1
  return join(programs.folder, `file-${files}`)
}

const kinds: Readonly<Record<string, (path: string) => unknown>> = {
  'a link to nothing': (path) => symlink(`${path}.none`, path),
  'a link to itself': (path) => symlink(path, path),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
  'a folder': (path) => mkdir(path),
  'a device without an end': (path) => symlink('/dev/zero', path),
}

/** What the start reads: the path that is spoilt, and the settings that lead there. */
const reads: Readonly<
  Record<string, (path: string) => { readonly spoilt: string; readonly flags: readonly string[] }>
> = {
  'the key file beside the database': (path) => ({
    spoilt: `${path}.key`,
    flags: ['--database-url', `sqlite:${path}`],
  }),
  'the file of API keys': (path) => ({ spoilt: path, flags: ['--api-keys', path] }),
  'the persisted operations': (path) => ({ spoilt: path, flags: ['--persisted-operations', path] }),
  'the database': (path) => ({ spoilt: path, flags: ['--database-url', `sqlite:${path}`] }),
}

/** Each read of each kind is tested beside its file; here are those that would wait, or go on, for ever. */
const cases = [
  { read: 'the key file beside the database', kind: 'a link to nothing' },
  { read: 'the key file beside the database', kind: 'a pipe' },
  { read: 'the file of API keys', kind: 'a link to nothing' },
  { read: 'the file of API keys', kind: 'a link to itself' },
  { read: 'the file of API keys', kind: 'a pipe' },
  { read: 'the persisted operations', kind: 'a pipe' },
  { read: 'the persisted operations', kind: 'a device without an end' },
  { read: 'the database', kind: 'a pipe' },
  { read: 'the database', kind: 'a folder' },
]

describe('the start ends with 2 and one line', () => {
  it.each(cases)('if $read is $kind', async ({ read, kind }) => {
    const path = newPath()
    const { spoilt, flags } = reads[read]?.(path) ?? { spoilt: '', flags: [] }
    await kinds[kind]?.(spoilt)
    const memory = flags.includes('--database-url') ? [] : ['--database-url', 'sqlite::memory:']
    const { exit, stderr } = programs.toolyard(['serve', '--port', '0', ...memory, ...flags])
    expect(await exit).toEqual([2, null])
    expect(stderr()).toContain(path)
    expect(stderr().trim().split('\n')).toHaveLength(1)
  })
})

describe('a signal ends the start', () => {
  it.each([0, 100, 300])('%i ms after its beginning', async (ms) => {
    const { child, exit } = programs.toolyard(['serve', '--port', '0', '--database-url', 'sqlite::memory:'])
    await new Promise((resolve) => setTimeout(resolve, ms))
    child.kill('SIGTERM')
    // By itself where it has come so far that there is something to close.
    expect([[null, 'SIGTERM'].join(), [0, null].join()]).toContain((await exit).join())
  })

  it('while it waits for a database that says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const env = { TOOLYARD_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') }
    const url = `postgres://a@127.0.0.1:${port}/a`
    const { child, exit, stderr } = programs.toolyard(['serve', '--port', '0', '--database-url', url], env)
    const [socket] = await once(silent, 'connection')
    child.kill('SIGTERM')
    expect(await exit).toEqual([null, 'SIGTERM'])
    expect(stderr()).toContain('the start was ended by a signal')
    socket.destroy()
    silent.close()
  })
})

describe('a command ends at once', () => {
  it('if what it reads has no end', async () => {
    const { exit, stderr } = programs.toolyard(['import', '/dev/zero', '--database-url', 'sqlite::memory:'])
    expect(await exit).toEqual([2, null])
    expect(stderr()).toContain('/dev/zero: is a device')
  })

  it.skipIf(process.platform !== 'linux')('at a signal, while it reads a pipe', async () => {
    const path = newPath()
    execFileSync('mkfifo', [path])
    const { child, exit } = programs.toolyard(['import', path, '--database-url', `sqlite:${newPath()}`])
    const writer = spawn('sh', ['-c', `exec sleep 60 > ${path}`])
    await once(writer, 'spawn')
    // The shell becomes sleep once the pipe is open.
    while (readFileSync(`/proc/${writer.pid}/comm`, 'utf8') !== 'sleep\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGTERM')
    expect(await exit).toEqual([1, null])
    writer.kill()
  })
})
