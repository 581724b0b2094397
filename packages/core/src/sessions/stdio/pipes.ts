import type { Readable } from 'node:stream'
import type { RegistryError } from '../../base/errors.ts'
import { createLineSplitter } from '../incoming/byte-lines.ts'
import { type Frame, textOf } from '../incoming/frame.ts'
import { freeing } from '../incoming/large-buffers.ts'
import { MessageGauge } from '../incoming/message-gauge.ts'
import { Pauses } from '../incoming/pauses.ts'
import { createQueue } from '../incoming/queue.ts'
import type { SessionLimits } from '../limits.ts'

/** Empty lines that are charged together. */
const blanksAtOnce = 64

/** A reader of a pipe, which it pauses while it is behind. */
export interface PipeReader {
  /** Resolves once everything that came has been handed over. */
  idle(): Promise<void>
  /** Stops reading, and drops what waits. */
  drop(): void
}

export interface StdoutOptions {
  readonly limits: SessionLimits
  readonly read: (message: Frame) => Promise<void> | undefined
  /** Counts bytes that belong to no message. */
  readonly ignore: (bytes: number) => Promise<void>
  /** Called for a message after which the session cannot go on: it is unknown whose answer it was. */
  readonly onFailed: (error: unknown) => void
}

/** Reads the messages of stdout, one per line (MCP 2025-11-25, stdio). */
export function readStdout(out: Readable, { limits, read, ignore, onFailed }: StdoutOptions): PipeReader {
  const { meter } = limits
  const pauses = new Pauses(out)
  const gauge = new MessageGauge({ limits, pauses, onTooSlow: onFailed })
  const queue = createQueue<Frame | number>({
    pauses,
    // Ignored bytes stop the reading until they are paid for.
    bytesOf: (item) => (typeof item === 'number' ? Number.POSITIVE_INFINITY : item.size),
    work: (item) => (typeof item === 'number' ? ignore(item) : read(item)),
    drop: (item) => (typeof item === 'number' ? undefined : item.release()),
    onFailed,
  })
  let blanks = 0
  const lines = createLineSplitter({
    maxBytes: meter.budgets.messageBytes,
    onLine: (parts, size) => queue.push({ parts, size, release: freeing(parts, gauge.complete()) }),
    onGrowth: (size) => gauge.grewTo(size),
    onTooLong() {
      onFailed(meter.exceeded('messageBytes', { what: 'A message of the server on stdout' }))
      return false
    },
    onBlank() {
      blanks += 1
      if (blanks < blanksAtOnce) return
      // Each empty line costs as much as a short message.
      queue.push(blanks * 1_024)
      blanks = 0
    },
  })
  out.on('data', lines.push)
  return {
    idle: queue.idle,
    drop() {
      out.off('data', lines.push)
      // A pipe that is not read would keep the child from ending.
      out.resume()
      gauge.end()
      queue.clear()
    },
  }
}

/** Reads the lines of stderr, and only the beginning of a long one. */
export function readStderr(err: Readable, { meter, rate }: SessionLimits, onLine: (line: string) => void): PipeReader {
  const queue = createQueue<{ readonly parts: readonly Buffer[]; readonly size: number }>({
    pauses: new Pauses(err),
    bytesOf: ({ size }) => size,
    work(line) {
      const text = textOf(line)
      onLine(text.endsWith('\r') ? text.slice(0, -1) : text)
      return rate.charge(1 + line.size / 1_024)
    },
    drop: () => undefined,
    onFailed: (error: RegistryError | unknown) => err.destroy(error instanceof Error ? error : undefined),
  })
  const lines = createLineSplitter({
    maxBytes: meter.budgets.textBytes,
    onLine: (parts, size) => queue.push({ parts, size }),
    onTooLong() {
      meter.count('textBytes')
      return true
    },
  })
  err.on('data', lines.push)
  err.on('end', lines.flush)
  return { idle: queue.idle, drop: queue.clear }
}
