import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { UsageError } from '../base/command-error.ts'

/** Maximum length of a line, in characters: rows of toolyard are below 100 MiB. */
const maxLineLength = 2 ** 28
const chunkLength = 65_536

/** A destination of lines. */
export interface LineSink {
  write(line: string): Promise<void>
  /** Resolves when all lines are in their final place. */
  finish(): Promise<void>
  /** Removes what was written, if that is possible. */
  abandon(): Promise<void>
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it already exists; choose another name, or remove it',
  ENOENT: 'there is no such file or directory',
  EACCES: 'not allowed',
  EPIPE: 'its reader closed it early',
  EISDIR: 'it is a directory',
}

function asUsage(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code]
  return reason === undefined ? error : new UsageError(`${path}: ${reason}`)
}

function bufferedSink(put: (text: string) => Promise<void>, rest: Omit<LineSink, 'write'>): LineSink {
  let waiting: string[] = []
  let length = 0
  async function flush(): Promise<void> {
    const text = waiting.join('')
    waiting = []
    length = 0
    await put(text)
  }
  return {
    ...rest,
    async write(line) {
      waiting.push(line, '\n')
      length += line.length + 1
      if (length >= chunkLength) await flush()
    },
    async finish() {
      await flush()
      await rest.finish()
    },
  }
}

/** Creates a file that only its owner may read, as it has args and results of runs. Rejects with UsageError. */
export async function fileSink(path: string): Promise<LineSink> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    throw asUsage(path, error)
  }
  return bufferedSink(async (text) => void (await file.appendFile(text)), {
    async finish() {
      await file.sync()
      await file.close()
    },
    async abandon() {
      await file.close()
      await rm(path, { force: true })
    },
  })
}

/** Writes lines to a stream. Rejects with UsageError if its reader has closed it. */
export function streamSink(stream: NodeJS.WritableStream): LineSink {
  const failed = Promise.withResolvers<never>()
  stream.on('error', failed.reject)
  // The next write rejects with it.
  failed.promise.catch(() => undefined)
  const put = async (text: string) => {
    const written = Promise.withResolvers<void>()
    stream.write(text, (error) => (error ? written.reject(error) : written.resolve()))
    await Promise.race([written.promise, failed.promise]).catch((error: unknown) => {
      throw asUsage('stdout', error)
    })
  }
  return bufferedSink(put, { finish: async () => undefined, abandon: async () => undefined })
}

/** Yields the lines of a file, or of stdin for `-`. Rejects with UsageError. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path)
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      const [first = '', ...others] = decoder.write(chunk).split('\n')
      parts.push(first)
      length += first.length
      for (const next of others) {
        yield parts.join('')
        parts = [next]
        length = next.length
      }
      if (length > maxLineLength) throw new UsageError(`${path}: a line has more than ${maxLineLength} characters`)
    }
  } catch (error) {
    throw asUsage(path, error)
  }
  if (length > 0) yield parts.join('')
}
