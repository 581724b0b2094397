import { CollectedBytes } from './collected-bytes.ts'
import { freeLargeBuffers } from './large-buffers.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d

export interface ByteLinesOptions {
  /** Whether a carriage return also ends a line, alone or with a line feed behind it. */
  readonly carriageReturns: boolean
  /** Gets the bytes of a line as they arrive. */
  readonly onBytes: (bytes: Buffer) => void
  readonly onEnd: () => void
}

/** Finds the ends of lines. Reads each byte once, however many lines a chunk has. */
export function createByteLines({ carriageReturns, onBytes, onEnd }: ByteLinesOptions) {
  /** Whether the last byte was a carriage return, to which a line feed now belongs. */
  let afterReturn = false

  return (chunk: Buffer): void => {
    let start = afterReturn && chunk[0] === lineFeed ? 1 : 0
    if (chunk.length > 0) afterReturn = false
    let feedAt = chunk.indexOf(lineFeed, start)
    let returnAt = carriageReturns ? chunk.indexOf(carriageReturn, start) : -1
    while (feedAt !== -1 || returnAt !== -1) {
      const isReturn = returnAt !== -1 && (feedAt === -1 || returnAt < feedAt)
      const end = isReturn ? returnAt : feedAt
      if (end > start) onBytes(chunk.subarray(start, end))
      onEnd()
      start = end + 1
      if (isReturn && chunk[start] === lineFeed) start += 1
      else if (isReturn && start === chunk.length) afterReturn = true
      if (feedAt !== -1 && feedAt < start) feedAt = chunk.indexOf(lineFeed, start)
      if (returnAt !== -1 && returnAt < start) returnAt = chunk.indexOf(carriageReturn, start)
    }
    if (start < chunk.length) onBytes(start === 0 ? chunk : chunk.subarray(start))
  }
}

export interface LineSplitterOptions {
  readonly maxBytes: number
  /** Gets the bytes of each line without its end. */
  readonly onLine: (parts: readonly Buffer[], size: number) => void
  /** Gets the size of the unfinished line. */
  readonly onGrowth?: (size: number) => void
  /**
   * Called for a line over `maxBytes`; answers whether its beginning counts as a line. The rest is left out either way.
   */
  readonly onTooLong: () => boolean
  /** Called for an empty line. */
  readonly onBlank?: () => void
}

/** Cuts a byte stream into lines (MCP 2025-11-25, stdio). */
export interface LineSplitter {
  push(chunk: Buffer): void
  /** Hands over the unfinished line at the end of the stream. */
  flush(): void
}

export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  const { maxBytes, onLine, onGrowth, onTooLong, onBlank } = options
  const line = new CollectedBytes(maxBytes)
  let isTooLong = false

  function finish(): void {
    const { size } = line
    if (size > 0) onLine(line.take(), size)
    else if (!isTooLong) onBlank?.()
    isTooLong = false
  }

  const push = createByteLines({
    carriageReturns: false,
    onBytes(bytes) {
      if (isTooLong) return
      const room = maxBytes - line.size
      if (bytes.length <= room) line.add(bytes)
      else {
        isTooLong = true
        if (room > 0) line.add(bytes.subarray(0, room))
        if (!onTooLong()) freeLargeBuffers(line.take())
      }
      onGrowth?.(line.size)
    },
    onEnd: finish,
  })
  return { push, flush: () => (line.size > 0 ? finish() : undefined) }
}
