import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { invalidInput, isRegistryError, RegistryError } from '../base/errors.ts'
import type { MasterKeySource } from '../model/master-key-source.ts'
import { parseMasterKey } from './master-key.ts'
import { keyBytes } from './sealed-text.ts'

const ownerOnly = 0o600
/** Longest wait for the key of a file that another process is creating, in ms. */
const halfMadeMs = 2_000
/** Longest key file in bytes: some 1,500 keys. */
const maxFileBytes = 64 * 1024
/** Interval between reads of such a file, in ms. */
const retryMs = 20

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** Writes a new file. It is on the disk before another process finds its name. */
async function writeWhole(path: string, text: string, flags: string): Promise<void> {
  const file = await open(path, flags, ownerOnly)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; there the system decides when the name is on the disk.
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const toText = (keys: readonly Uint8Array[]) => keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join('')

/** The text of a regular file. Does not block: opening a pipe would wait for its other end. */
async function readText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new RegistryError('STORAGE_INVALID', `${path}: expected a key file, got no regular file`)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxFileBytes + 1))
    if (bytesRead <= maxFileBytes) return buffer.toString('utf8', 0, bytesRead)
    throw new RegistryError('STORAGE_INVALID', `${path}: expected a key file of at most ${maxFileBytes} bytes`)
  } finally {
    await file.close()
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

/** The keys of the file; undefined if it is missing, and empty while its text is incomplete. */
async function readKeys(path: string): Promise<readonly Buffer[] | undefined> {
  let text: string
  try {
    text = await readText(path)
  } catch (cause) {
    if (isRegistryError(cause)) throw cause
    if (codeOf(cause) !== 'ENOENT') {
      throw new RegistryError('STORAGE_INVALID', `${path}: the key file cannot be read (${codeOf(cause)})`, { cause })
    }
    // A link that leads nowhere: no file can be created in its place.
    if (!(await isLink(path))) return undefined
    const message = `${path}: the key file is a link to a missing file; restore the file, or remove the link to create a new key`
    throw new RegistryError('STORAGE_INVALID', message, { cause })
  }
  if (!text.endsWith('\n')) return []
  const keys = text.trimEnd().split('\n').map(parseMasterKey)
  if (keys.every((key) => key !== undefined)) return keys
  throw new RegistryError('STORAGE_INVALID', `${path}: expected keys of ${keyBytes} bytes in base64, one a line`)
}

class KeyFile implements MasterKeySource {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async read(onProblem: (problem: Error) => void): Promise<readonly Uint8Array[]> {
    const path = this.#path
    for (const until = performance.now() + halfMadeMs; ; await delay(retryMs)) {
      const keys = await readKeys(path)
      if (keys === undefined) {
        await this.#create().catch((cause: unknown) => {
          throw new RegistryError('STORAGE_INVALID', `${path}: the key file cannot be created (${codeOf(cause)})`, {
            cause,
          })
        })
      } else if (keys.length > 0) {
        await assertPrivate(path, onProblem)
        return keys
      }
      if (performance.now() > until) {
        throw new RegistryError('STORAGE_INVALID', `${path}: expected a key of ${keyBytes} bytes in base64, got none`)
      }
    }
  }

  async replace(keys: readonly Uint8Array[]): Promise<void> {
    const beside = this.#temporaryPath()
    await writeWhole(beside, toText(keys), 'wx')
    await rename(beside, this.#path)
    await syncFolder(this.#path)
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#path}.lock`
    try {
      await writeWhole(lock, `${process.pid}\n`, 'wx')
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause
      const holder = (await readText(lock).catch(() => '')).trim()
      const message = `The process ${holder} is replacing the key: wait for its end, or remove ${lock} if it is dead`
      throw invalidInput(['secretKey'], message, cause)
    }
    try {
      return await work()
    } finally {
      await rm(lock, { force: true })
    }
  }

  #temporaryPath(): string {
    return `${this.#path}.${process.pid}.${randomBytes(6).toString('hex')}`
  }

  /** The first process creates the file; the others find it. */
  async #create(): Promise<void> {
    const path = this.#path
    const text = toText([randomBytes(keyBytes)])
    const beside = this.#temporaryPath()
    await writeWhole(beside, text, 'wx')
    try {
      // The file gets its name and its text at the same moment.
      await link(beside, path)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return
      // A file system without hard links: other processes that read the file meanwhile wait for its text.
      await writeWhole(path, text, 'wx').catch((cause: unknown) => {
        if (codeOf(cause) !== 'EEXIST') throw cause
      })
    } finally {
      await rm(beside, { force: true })
    }
    await syncFolder(path)
  }
}

async function assertPrivate(path: string, onProblem: (problem: Error) => void): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  const bits = mode & 0o777
  if ((bits & 0o077) === 0) return
  onProblem(new Error(`${path}: other users may use the key file (mode ${bits.toString(8)}); set mode 600`))
}

/** Keeps master keys in a file that its owner alone may read, in base64, one a line. Several processes may start at once. */
export function keyFile(path: string): MasterKeySource {
  return new KeyFile(path)
}
