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
/** How long a file that is being made may take to have its key, in ms. */
const halfMadeMs = 2_000
/** Some 1,500 keys. */
const maxFileBytes = 64 * 1024
const retryMs = 20

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** The new file is on the disk before anybody finds it by its name. */
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
  // Windows opens no folders; there the name is as lasting as the system makes it.
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const toText = (keys: readonly Uint8Array[]) => keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join('')

/** The text of a regular file. Waits for nothing but the disk: the open of a pipe would wait for its other end. */
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

/** Undefined where there is none; empty where it does not have all of its text yet. */
async function readKeys(path: string): Promise<readonly Buffer[] | undefined> {
  let text: string
  try {
    text = await readText(path)
  } catch (cause) {
    if (isRegistryError(cause)) throw cause
    if (codeOf(cause) !== 'ENOENT') {
      throw new RegistryError('STORAGE_INVALID', `${path}: the key file cannot be read (${codeOf(cause)})`, { cause })
    }
    // No file can be made in its place.
    if (!(await isLink(path))) return undefined
    const message = `${path}: the key file is a link to a file that is not there; restore the file, or remove the link to have a new key made`
    throw new RegistryError('STORAGE_INVALID', message, { cause })
  }
  if (!text.endsWith('\n')) return []
  const keys = text.trimEnd().split('\n').map(parseMasterKey)
  if (keys.every((key) => key !== undefined)) return keys
  throw new RegistryError('STORAGE_INVALID', `${path}: expected keys of ${keyBytes} bytes in base64, one a line`)
}

/** Keeps master keys in a file, base64, one a line, that its owner alone may read. Several processes may begin at once. */
export function keyFile(path: string): MasterKeySource {
  const besideName = () => `${path}.${process.pid}.${randomBytes(6).toString('hex')}`

  /** Whoever comes first makes it; the others find it there. */
  async function make(): Promise<void> {
    const text = toText([randomBytes(keyBytes)])
    const beside = besideName()
    await writeWhole(beside, text, 'wx')
    try {
      // It has its name and its text at the same moment.
      await link(beside, path)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return
      // A file system without hard links: those who read it meanwhile wait for its text.
      await writeWhole(path, text, 'wx').catch((cause: unknown) => {
        if (codeOf(cause) !== 'EEXIST') throw cause
      })
    } finally {
      await rm(beside, { force: true })
    }
    await syncFolder(path)
  }

  async function assertPrivate(onProblem: (problem: Error) => void): Promise<void> {
    if (process.platform === 'win32') return
    const { mode } = await stat(path)
    const bits = mode & 0o777
    if ((bits & 0o077) === 0) return
    onProblem(new Error(`${path}: others than its owner may use the key file (mode ${bits.toString(8)}); expected 600`))
  }

  return {
    async read(onProblem) {
      for (const until = performance.now() + halfMadeMs; ; await delay(retryMs)) {
        const keys = await readKeys(path)
        if (keys === undefined) {
          await make().catch((cause: unknown) => {
            throw new RegistryError('STORAGE_INVALID', `${path}: the key file cannot be made (${codeOf(cause)})`, {
              cause,
            })
          })
        } else if (keys.length > 0) {
          await assertPrivate(onProblem)
          return keys
        }
        if (performance.now() > until) {
          throw new RegistryError('STORAGE_INVALID', `${path}: expected a key of ${keyBytes} bytes in base64, got none`)
        }
      }
    },
    async replace(keys) {
      const beside = besideName()
      await writeWhole(beside, toText(keys), 'wx')
      await rename(beside, path)
      await syncFolder(path)
    },
    async alone(work) {
      const lock = `${path}.lock`
      try {
        await writeWhole(lock, `${process.pid}\n`, 'wx')
      } catch (cause) {
        if (codeOf(cause) !== 'EEXIST') throw cause
        const holder = (await readText(lock).catch(() => '')).trim()
        const message = `The process ${holder} replaces the key: expected nobody else to; where it is gone, remove ${lock}`
        throw invalidInput(['secretKey'], message, cause)
      }
      try {
        return await work()
      } finally {
        await rm(lock, { force: true })
      }
    },
  }
}
