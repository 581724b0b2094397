import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'

/** Most bytes of a file that is read at the start or followed: keys, persisted operations. */
export const maxFileBytes = 64 * 1024 * 1024
const chunkBytes = 64 * 1024

/** A file cannot be read, or is not one to read; the message is one clause for "PATH …", and quotes nothing of the file. */
export class FileReadError extends Error {
  override readonly name = 'FileReadError'
  /** What the system calls it, as in `EMFILE`; undefined for a refusal of this program. */
  readonly code: string | undefined

  constructor(message: string, code: string | undefined, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

export function unreadable(cause: unknown): FileReadError {
  const code = codeOf(cause)
  return new FileReadError(`cannot be read (${code ?? 'unknown error'})`, code, cause)
}

export function tooLong(maxBytes: number): FileReadError {
  return new FileReadError(`is too long: expected at most ${maxBytes} bytes`, undefined)
}

/** Waits for nothing: the open of a pipe would wait for its other end, in a thread that no signal ends. */
export const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** What stands at the path instead of a file. */
export function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a directory'
  return stat.isFIFO() ? 'a pipe' : 'a device'
}

function readAll(file: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = []
  let size = 0
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    const length = readSync(file, chunk)
    if (length === 0) return Buffer.concat(chunks)
    size += length
    // Counted, since a file may grow, and one of the system says that it has 0.
    if (size > maxBytes) throw tooLong(maxBytes)
    chunks.push(chunk.subarray(0, length))
  }
}

/** The text of a regular file, links followed, without waiting for anything but the disk. Throws FileReadError. */
export function readRegularFile(path: string, maxBytes = maxFileBytes): string {
  try {
    const file = openSync(path, readWithoutWaiting)
    try {
      const stat = fstatSync(file)
      if (stat.isDirectory()) throw new FileReadError('cannot be read (EISDIR)', 'EISDIR')
      if (!stat.isFile()) throw new FileReadError(`is ${kindOf(stat)}: expected a file`, undefined)
      if (stat.size > maxBytes) throw tooLong(maxBytes)
      return readAll(file, maxBytes).toString('utf8')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw error instanceof FileReadError ? error : unreadable(error)
  }
}
