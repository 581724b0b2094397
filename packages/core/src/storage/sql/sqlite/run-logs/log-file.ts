import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { codeOf } from './file-faults.ts'
import { endOf, fence } from './frames.ts'

/** Gives the file the mode of the database, and its user if this is root, as SQLite does with its own files. */
function likeDatabase(file: number, database: string): void {
  const { mode, uid, gid } = statSync(database)
  fchmodSync(file, mode & 0o666)
  if (process.geteuid?.() === 0) fchownSync(file, uid, gid)
}

/** Reads an open file from its start, also one that another process removes meanwhile. */
function readAll(file: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(file).size)
  let read = 0
  while (read < bytes.length) {
    const more = readSync(file, bytes, read, bytes.length - read, read)
    if (more === 0) break
    read += more
  }
  return bytes.subarray(0, read)
}

/** Where a byte is read of which only its presence counts. */
const behind = Buffer.alloc(1)

/** The file of a log, to which this process alone appends. All methods throw the errors of the file system. */
export class LogFile {
  readonly #file: number
  readonly #path: string
  #size = 0
  #isTorn = false

  /** Creates the file. */
  constructor(path: string, database: string) {
    this.#path = path
    this.#file = openSync(path, 'ax+', 0o600)
    try {
      likeDatabase(this.#file, database)
    } catch (error) {
      this.remove()
      throw error
    }
  }

  get size(): number {
    return this.#size
  }

  /** Whether a write failed halfway. Nothing counts behind it. */
  get isTorn(): boolean {
    return this.#isTorn
  }

  /**
   * Appends all of the bytes, or throws. Answers how many of them count: fewer than all if another process has put a fence
   * into the file.
   */
  append(bytes: Buffer): number {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#file, bytes, written)
    } catch (error) {
      this.#isTorn = written > 0
      throw error
    }
    const before = this.#size
    this.#size += bytes.length
    // Nothing is behind: all that was there before is this process's own. As `fstat`, without an object of 18 members.
    if (readSync(this.#file, behind, 0, 1, this.#size) === 0) return bytes.length
    return Math.min(bytes.length, endOf(readAll(this.#file)) - before)
  }

  /** Empties the file, unless it has a fence. Only while no other process can put one into it. */
  empty(): void {
    if (fstatSync(this.#file).size !== this.#size) return
    ftruncateSync(this.#file)
    this.#size = 0
  }

  /** Closes the file and leaves it where it is. */
  close(): void {
    closeSync(this.#file)
  }

  remove(): void {
    try {
      removeFile(this.#path)
    } finally {
      this.close()
    }
  }
}

/** Removes a file that may be gone. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** Puts a fence into a file, unless it has one, and reads what is before it. Undefined: there is no file. */
export function readFenced(path: string): Buffer | undefined {
  let file: number
  try {
    // Without O_CREAT.
    file = openSync(path, constants.O_RDWR | constants.O_APPEND)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    if (!readAll(file).includes(fence)) writeFileSync(file, fence)
    const bytes = readAll(file)
    return bytes.subarray(0, endOf(bytes))
  } finally {
    closeSync(file)
  }
}
