import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import {
  codeOf,
  FileReadError,
  kindOf,
  maxFileBytes,
  readRegularFile,
  readWithoutWaiting,
  tooLong,
  unreadable,
} from './read-regular-file.ts'

const chunkBytes = 64 * 1024
/** Interval between reads of an empty pipe, in ms. */
const pollMs = 20
/** Time for a writer to open a pipe, in ms. */
const unconnectedMs = 5_000

export interface InputStreams {
  readonly stdin: NodeJS.ReadableStream
  /** Ends the wait for a pipe and for standard input. */
  readonly signal: AbortSignal
}

/** Bytes that were read so far. */
interface Collected {
  readonly size: number
  add(chunk: Buffer): void
  text(): string
}

function collect(maxBytes: number): Collected {
  const chunks: Buffer[] = []
  let size = 0
  return {
    get size() {
      return size
    },
    add(chunk) {
      size += chunk.length
      if (size > maxBytes) throw tooLong(maxBytes)
      chunks.push(chunk)
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}

async function readStream(stdin: NodeJS.ReadableStream, signal: AbortSignal, collected: Collected): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    reject(signal.reason)
    // A terminal that is still read would keep the process.
    if (stdin instanceof Readable) stdin.destroy()
  }
  const reading = (async () => {
    for await (const chunk of stdin) collected.add(Buffer.from(chunk))
    return collected.text()
  })()
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([reading, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    // A destroyed stream rejects once more.
    reading.catch(() => undefined)
  }
}

/** Returns undefined while the writer has written nothing. */
function readChunk(file: number): Buffer | undefined {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  try {
    return chunk.subarray(0, readSync(file, chunk))
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined
    throw error
  }
}

async function readPipe(file: number, signal: AbortSignal, collected: Collected): Promise<string> {
  for (const until = performance.now() + unconnectedMs; ; ) {
    const chunk = readChunk(file)
    if (chunk && chunk.length > 0) {
      collected.add(chunk)
      continue
    }
    // An end without a text means that no writer has opened the pipe yet.
    if (chunk && collected.size > 0) return collected.text()
    if (chunk && performance.now() > until) throw new FileReadError('is a pipe that nothing is written to', undefined)
    await delay(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/**
 * Reads the text of a file, a pipe, or for `-` standard input, at most `maxBytes`; the signal ends the wait. Rejects
 * with FileReadError, and with the reason of the signal.
 */
export async function readInput(
  path: string,
  { stdin, signal }: InputStreams,
  maxBytes = maxFileBytes,
): Promise<string> {
  const collected = collect(maxBytes)
  if (path === '-') return readStream(stdin, signal, collected)
  let file: number | undefined
  try {
    file = openSync(path, readWithoutWaiting)
    const stat = fstatSync(file)
    if (stat.isFile() || stat.isDirectory()) return readRegularFile(path, maxBytes)
    if (stat.isFIFO()) return await readPipe(file, signal, collected)
    throw new FileReadError(`is ${kindOf(stat)}: expected a file or a pipe`, undefined)
  } catch (error) {
    const isOfSystem = codeOf(error) !== undefined && !(error instanceof FileReadError) && !signal.aborted
    throw isOfSystem ? unreadable(error) : error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
