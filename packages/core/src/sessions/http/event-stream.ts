import { createByteLines } from '../incoming/byte-lines.ts'
import { CollectedBytes } from '../incoming/collected-bytes.ts'
import { freeLargeBuffers } from '../incoming/large-buffers.ts'

/** Longest line that is not data, in bytes. */
const maxFieldBytes = 4 * 1024
/** Ignored bytes are reported in sums of this many. */
const ignoredBytes = 16 * 1024
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const dataField = Buffer.from('data:')
const lineFeed = Buffer.from('\n')
const space = 0x20
const nothing = Buffer.alloc(0)

export interface StreamEvent {
  readonly type: string
  /** Its data. */
  readonly parts: readonly Buffer[]
  /** Bytes of its data. */
  readonly size: number
  readonly id: string | undefined
}

export interface EventStreamHandlers {
  readonly onEvent: (event: StreamEvent) => void
  /** Gets the bytes of data that the unfinished event has so far. */
  readonly onGrowth: (bytes: number) => void
  /** Gets the pause before a reconnection that the server asks for, in ms. */
  readonly onRetry: (ms: number) => void
  /** Gets a number of bytes that belong to no event. */
  readonly onIgnored: (bytes: number) => void
  /** Called for an event over the cap; no event follows. */
  readonly onTooLong: () => void
}

const startsWith = (bytes: Buffer, start: Buffer) =>
  bytes.length >= start.length && bytes.compare(start, 0, start.length, 0, start.length) === 0

/**
 * Cuts the bytes of an event stream (HTML Living Standard, section 9.2) into events with at most `maxBytes` of data
 * each. Takes time in proportion to the bytes, whatever they are, and keeps none of those that are not data.
 */
export const createEventStream = (maxBytes: number, handlers: EventStreamHandlers): EventStream =>
  new EventStreamParser(maxBytes, handlers)

export interface EventStream {
  readonly push: (chunk: Buffer) => void
}

class EventStreamParser implements EventStream {
  readonly push: (chunk: Buffer) => void
  readonly #maxBytes: number
  readonly #handlers: EventStreamHandlers
  readonly #data: CollectedBytes
  /** The beginning of a line that is not data, as far as it is kept. */
  #line: Buffer = nothing
  #isData = false
  /** Whether the space behind `data:` may still come. */
  #isAtValue = false
  #dataLines = 0
  #type: string | undefined
  #id: string | undefined
  #isFirst = true
  #isTooLong = false
  #ignored = 0

  constructor(maxBytes: number, handlers: EventStreamHandlers) {
    this.#maxBytes = maxBytes
    this.#handlers = handlers
    this.#data = new CollectedBytes(maxBytes)
    this.push = createByteLines({
      carriageReturns: true,
      onBytes: (bytes) => this.#addBytes(bytes),
      onEnd: () => this.#endLine(),
    })
  }

  #addBytes(bytes: Buffer): void {
    if (this.#isTooLong) return
    if (this.#isData) this.#addValue(bytes)
    else if (this.#line.length === 0) this.#beginLine(bytes)
    else if (this.#line.length < dataField.length + byteOrderMark.length)
      this.#beginLine(Buffer.concat([this.#line, bytes]))
    else {
      this.#ignore(bytes.length)
      const room = maxFieldBytes - this.#line.length
      if (room > 0) this.#line = Buffer.concat([this.#line, bytes.subarray(0, room)])
    }
  }

  #endLine(): void {
    this.#isFirst = false
    if (this.#isTooLong) return
    if (this.#isData) this.#isData = false
    else if (this.#line.length === 0) this.#dispatch()
    else {
      this.#ignore(this.#line.length)
      if (this.#line.length < maxFieldBytes) this.#takeField(this.#line.toString('utf8'))
    }
    this.#line = nothing
  }

  /** Gets the first bytes of a line, once more if they were too few to tell its field. */
  #beginLine(bytes: Buffer): void {
    this.#line = bytes
    if (this.#isFirst && bytes.length >= byteOrderMark.length) {
      this.#isFirst = false
      if (startsWith(bytes, byteOrderMark)) this.#line = bytes.subarray(byteOrderMark.length)
    }
    if (!startsWith(this.#line, dataField)) return
    this.#isData = true
    this.#isAtValue = true
    this.#beginData()
    this.#addValue(this.#line.subarray(dataField.length))
    this.#line = nothing
  }

  #beginData(): void {
    if (this.#dataLines > 0) this.#addData(lineFeed)
    this.#dataLines += 1
  }

  #addValue(bytes: Buffer): void {
    const isSpace = this.#isAtValue && bytes[0] === space
    if (bytes.length > 0) this.#isAtValue = false
    this.#addData(isSpace ? bytes.subarray(1) : bytes)
  }

  #addData(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#data.size + bytes.length > this.#maxBytes) {
      this.#isTooLong = true
      freeLargeBuffers(this.#data.take())
      this.#handlers.onTooLong()
      return
    }
    this.#data.add(bytes)
    this.#handlers.onGrowth(this.#data.size)
  }

  #takeField(text: string): void {
    const at = text.indexOf(':')
    const field = at === -1 ? text : text.slice(0, at)
    const value = at === -1 ? '' : text.slice(text[at + 1] === ' ' ? at + 2 : at + 1)
    if (field === 'data') this.#beginData()
    else if (field === 'event') this.#type = value === '' ? undefined : value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    else if (field === 'retry' && /^\d+$/.test(value)) this.#handlers.onRetry(Number(value))
  }

  #dispatch(): void {
    const data = this.#data
    if (this.#dataLines > 0)
      this.#handlers.onEvent({ type: this.#type ?? 'message', size: data.size, parts: data.take(), id: this.#id })
    else this.#ignore(1)
    this.#type = undefined
    this.#id = undefined
    this.#dataLines = 0
  }

  #ignore(bytes: number): void {
    this.#ignored += bytes
    if (this.#ignored < ignoredBytes) return
    this.#handlers.onIgnored(this.#ignored)
    this.#ignored = 0
  }
}
