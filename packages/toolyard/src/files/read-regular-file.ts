import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'

/** Maximum size of a file that is read at the start or followed, in bytes: keys, persisted operations. */
export const maxFileBytes = 64 * 1024 * 1024
const chunkBytes = 64 * 1024

/** A file cannot be read, or may not be. The message is one clause for "PATH …", and quotes nothing of the file. */
export class FileReadError extends Error {
  override readonly name = 'FileReadError'
  /** The system's error code, as in `EMFILE`; undefined if this program refused the file. */
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

/** Opens without waiting: the open of a pipe would wait for its writer, in a thread that no signal ends. */
export const readWithoutWaiting = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** Names what the path leads to instead of a file. */
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
    // Counted, as a file may grow, and files of the system report a size of 0.
    if (size > maxBytes) throw tooLong(maxBytes)
    chunks.push(chunk.subarray(0, length))
  }
}

/** Reads the text of a regular file, follows links, and waits for nothing but the disk. Throws FileReadError. */
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
