import { createByteLines } from '../incoming/byte-lines.ts'
import { CollectedBytes } from '../incoming/collected-bytes.ts'

/** Of a line that is no data. */
const maxFieldBytes = 4 * 1024
/** What is ignored is told in sums of this size. */
const ignoredBytes = 16 * 1024
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const dataField = Buffer.from('data:')
const lineFeed = Buffer.from('\n')
const space = 0x20
const nothing = Buffer.alloc(0)

export interface StreamEvent {
  readonly type: string
  /** The bytes of its data. */
  readonly parts: readonly Buffer[]
  readonly size: number
  readonly id: string | undefined
}

export interface EventStreamHandlers {
  readonly onEvent: (event: StreamEvent) => void
  /** The data of the event that has begun has so many bytes now. */
  readonly onGrowth: (bytes: number) => void
  /** The server's wish for the pause before a reconnection, in ms. */
  readonly onRetry: (ms: number) => void
  /** So many bytes came that are no data of an event. */
  readonly onIgnored: (bytes: number) => void
  /** An event over the cap; nothing more is handed over. */
  readonly onTooLong: () => void
}

const startsWith = (bytes: Buffer, start: Buffer) =>
  bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0

/**
 * Cuts the bytes of an event stream (HTML Living Standard, section 9.2) into events with at most `maxBytes` of data each.
 * It takes time in proportion to the bytes, whatever they are, and keeps nothing of what is no data.
 */
export function createEventStream(maxBytes: number, handlers: EventStreamHandlers) {
  const { onEvent, onGrowth, onRetry, onIgnored, onTooLong } = handlers
  const data = new CollectedBytes(maxBytes)
  /** What came of a line that is no data, as far as it is kept. */
  let line: Buffer = nothing
  let isData = false
  /** Whether the space behind `data:` may still come. */
  let isAtValue = false
  let dataLines = 0
  let type: string | undefined
  let id: string | undefined
  let isFirst = true
  let isTooLong = false
  let ignored = 0

  function ignore(bytes: number): void {
    ignored += bytes
    if (ignored < ignoredBytes) return
    onIgnored(ignored)
    ignored = 0
  }

  function addData(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (data.size + bytes.length > maxBytes) {
      isTooLong = true
      data.take()
      onTooLong()
      return
    }
    data.add(bytes)
    onGrowth(data.size)
  }

  function addValue(bytes: Buffer): void {
    const isSpace = isAtValue && bytes[0] === space
    if (bytes.length > 0) isAtValue = false
    addData(isSpace ? bytes.subarray(1) : bytes)
  }

  function beginData(): void {
    if (dataLines > 0) addData(lineFeed)
    dataLines += 1
  }

  /** The first bytes of a line, with what was too short to tell what it is. */
  function beginLine(bytes: Buffer): void {
    line = bytes
    if (isFirst && bytes.length >= byteOrderMark.length) {
      isFirst = false
      if (startsWith(bytes, byteOrderMark)) line = bytes.subarray(byteOrderMark.length)
    }
    if (!startsWith(line, dataField)) return
    isData = true
    isAtValue = true
    beginData()
    addValue(line.subarray(dataField.length))
    line = nothing
  }

  function addBytes(bytes: Buffer): void {
    if (isTooLong) return
    if (isData) addValue(bytes)
    else if (line.length === 0) beginLine(bytes)
    else if (line.length < dataField.length + byteOrderMark.length) beginLine(Buffer.concat([line, bytes]))
    else {
      ignore(bytes.length)
      const room = maxFieldBytes - line.length
      if (room > 0) line = Buffer.concat([line, bytes.subarray(0, room)])
    }
  }

  function dispatch(): void {
    if (dataLines > 0) onEvent({ type: type ?? 'message', size: data.size, parts: data.take(), id })
    else ignore(1)
    type = undefined
    id = undefined
    dataLines = 0
  }

  function takeField(text: string): void {
    const at = text.indexOf(':')
    const field = at === -1 ? text : text.slice(0, at)
    const value = at === -1 ? '' : text.slice(text[at + 1] === ' ' ? at + 2 : at + 1)
    if (field === 'data') beginData()
    else if (field === 'event') type = value === '' ? undefined : value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  function endLine(): void {
    isFirst = false
    if (isTooLong) return
    if (isData) isData = false
    else if (line.length === 0) dispatch()
    else {
      ignore(line.length)
      if (line.length < maxFieldBytes) takeField(line.toString('utf8'))
    }
    line = nothing
  }

  return { push: createByteLines({ carriageReturns: true, onBytes: addBytes, onEnd: endLine }) }
}
