import { assertExactNumbers } from './exact-json.ts'
import type { JsonValue } from './json.ts'
import { type Built, type Container, containerAt, setMember } from './json-container.ts'
import { hasMoreValues } from './json-count.ts'
import { decodeText, endOfText } from './json-text.ts'
import { slices } from './slices.ts'

/** Bytes that JSON.parse gets at once: about a millisecond of work. */
const pieceBytes = 256 * 1024
/** Bytes of a string from which on it is filled in later. */
const longText = 64 * 1024
/** Steps between two checks of the clock. A string that is skipped at once counts as one step per 64 bytes. */
const stepsALook = 4_096
const bytesAStep = 64

export interface PiecesOptions {
  readonly maxValues: number
  /** The error to throw if there are more. */
  readonly tooMany: () => Error
  /** Deepest nesting of lists and objects. */
  readonly maxDepth: number
  /** Whether a number that would be rounded throws an InexactNumberError. @default false */
  readonly isExact?: boolean
}

export interface ParsedInPieces {
  /** Strings of 64 KiB and more are null in it until they are filled in. */
  readonly value: JsonValue
  /** Fills in the long strings, each cut to `maxCharacters`. */
  fill(maxCharacters: number): Promise<void>
}

interface LongText {
  readonly holder: Built
  readonly key: string
  readonly start: number
  readonly end: number
}

/** Longest number, or space between values, in bytes: it has to be parsed in one piece. */
const longestPlain = 1024 * 1024

const [quote, comma, colon] = [0x22, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Thrown for a text that is nested too deep, but may be valid JSON. */
export class NestedTooDeep extends SyntaxError {}

const broken = (what: string) => new SyntaxError(`The text is not valid JSON: ${what}`)

/** Reads one JSON text: finds the bounds of its members, and parses them in batches. */
class PiecesReader {
  readonly #bytes: Buffer
  readonly #options: PiecesOptions
  /** The outermost container stands for the whole text, as a list of one member. */
  readonly #root = containerAt(-1, false)
  readonly #open: Container[] = [this.#root]
  readonly #longTexts: LongText[] = []
  #top: Container = this.#root
  #at = 0
  #stepsLeft = stepsALook
  /** Place of the last comma, bracket or end of a string. */
  #markAt = 0
  /** Start of the string that is scanned now. */
  #textAt: number | undefined

  constructor(bytes: Buffer, options: PiecesOptions) {
    this.#bytes = bytes
    this.#options = options
  }

  get longTexts(): readonly LongText[] {
    return this.#longTexts
  }

  /** Reads until `untilMs` by `performance.now()`; returns whether it reached the end. */
  step(untilMs: number): boolean {
    const bytes = this.#bytes
    while (this.#at < bytes.length) {
      this.#stepsLeft -= 1
      if (this.#stepsLeft < 0) {
        this.#stepsLeft = stepsALook
        if (this.#textAt === undefined && this.#at - this.#markAt > longestPlain)
          throw broken('a number or a space has no end')
        if (performance.now() >= untilMs) return false
      }
      if (this.#textAt !== undefined) {
        this.#scanString(this.#textAt)
        continue
      }
      const byte = bytes[this.#at]
      if (byte === quote) this.#textAt = this.#at
      else if (byte === comma) this.#endMember(this.#at)
      else if (byte === colon) this.#top.hasColon = true
      else if (byte === openList || byte === openObject) this.#openContainer(this.#at, byte === openObject)
      else if (byte === closeList || byte === closeObject) this.#closeContainer(this.#at, byte === closeObject)
      this.#at += 1
    }
    return true
  }

  /** Checks and completes the value; call it at the end. */
  finish(): void {
    if (this.#open.length > 1 || this.#textAt !== undefined) throw broken('it ends too early')
    const { length } = this.#bytes
    if (this.#root.built) this.#assertBlank(this.#root.unparsedAt, length)
    else this.#parseMembers(this.#root, length)
  }

  /** The value of the text, once it is finished. */
  get value(): JsonValue {
    const { built } = this.#root
    return Array.isArray(built) ? (built[0] ?? null) : null
  }

  #topmost(): Container {
    const top = this.#open.at(-1)
    if (!top) throw broken('a bracket was closed but never opened')
    return top
  }

  #text(from: number, to: number): string {
    return this.#bytes.toString('utf8', from, to)
  }

  #assertBlank(from: number, to: number): void {
    if (this.#text(from, to).trim() !== '') throw broken('a comma is missing')
  }

  /** Scans a string from `#at` to the next quotation mark, which may be its end. */
  #scanString(start: number): void {
    const from = this.#at === start ? start + 1 : this.#at
    const { at, isEnd } = endOfText(this.#bytes, start, from)
    this.#stepsLeft -= (at - from) / bytesAStep
    this.#at = at + 1
    if (!isEnd) return
    this.#textAt = undefined
    this.#markAt = at
    if (at - start < longText || (this.#top.isObject && !this.#top.hasColon)) return
    const key = this.#openPlace(this.#open.length - 1, start)
    const { built } = this.#top
    if (!built) throw broken('a string is out of place')
    setMember(built, key, null)
    this.#longTexts.push({ holder: built, key, start: start + 1, end: at })
    this.#top.isPlaced = true
    this.#top.unparsedAt = this.#at
  }

  #openContainer(at: number, isObject: boolean): void {
    this.#markAt = at
    if (this.#top.isPlaced) throw broken('a comma is missing')
    if (this.#open.length > this.#options.maxDepth) {
      throw new NestedTooDeep(`The JSON is nested more than ${this.#options.maxDepth} deep`)
    }
    this.#top = containerAt(at, isObject)
    this.#open.push(this.#top)
  }

  #endMember(at: number): void {
    this.#markAt = at
    const top = this.#top
    if (top.start === -1) throw broken('more than one value')
    if (top.isPlaced) this.#assertBlank(top.unparsedAt, at)
    else if (at - top.unparsedAt >= pieceBytes) this.#parsePending(at)
    if (top.isPlaced || at - top.unparsedAt >= pieceBytes) top.unparsedAt = at + 1
    top.memberAt = at + 1
    top.hasColon = false
    top.place = undefined
    top.isPlaced = false
  }

  #closeContainer(at: number, isObject: boolean): void {
    this.#markAt = at
    const top = this.#top
    if (top.isObject !== isObject || top.start === -1) throw broken('brackets do not match')
    if (top.isPlaced) this.#assertBlank(top.unparsedAt, at)
    else if (top.built || at - top.start >= pieceBytes) this.#parsePending(at)
    this.#open.pop()
    this.#top = this.#topmost()
    if (!top.built) return
    const { built, place } = this.#top
    if (!built || place === undefined) throw broken('a member is out of place')
    setMember(built, place, top.built)
    this.#top.isPlaced = true
    this.#top.unparsedAt = at + 1
  }

  /** Parses the pending members of the innermost container, up to `at`. */
  #parsePending(at: number): void {
    for (let level = 0; level < this.#open.length - 1; level += 1) {
      if (this.#open[level]?.place === undefined) this.#openPlace(level, this.#open[level + 1]?.start ?? at)
    }
    this.#parseMembers(this.#top, at)
  }

  /** Parses the members before the one that begins now; returns the place of that one. */
  #openPlace(level: number, childAt: number): string {
    if (level > 0 && this.#open[level - 1]?.place === undefined) {
      this.#openPlace(level - 1, this.#open[level]?.start ?? childAt)
    }
    const container = this.#open[level]
    if (!container || container.isPlaced) throw broken('a comma is missing')
    container.built ??= container.isObject ? {} : []
    if (container.memberAt > container.unparsedAt) this.#parseMembers(container, container.memberAt - 1)
    const place = this.#placeOf(container, childAt)
    container.place = place
    return place
  }

  #placeOf({ isObject, built, memberAt }: Container, childAt: number): string {
    const before = this.#text(memberAt, childAt)
    if (isObject) {
      const [key] = Object.keys(JSON.parse(`{${before}null}`))
      if (key !== undefined) return key
    }
    if (before.trim() !== '' || !Array.isArray(built)) throw broken('a comma or a key is missing')
    return String(built.length)
  }

  #parseMembers(container: Container, to: number): void {
    const { isObject, unparsedAt } = container
    const text = this.#text(unparsedAt, to)
    this.#stepsLeft = 0
    if (this.#options.isExact) assertExactNumbers(text)
    const built = container.built ?? (isObject ? {} : [])
    container.built = built
    if (Array.isArray(built)) {
      const parsed: JsonValue[] = JSON.parse(`[${text}]`)
      if (parsed.length === 0) throw broken('a member is missing')
      for (const value of parsed) built.push(value)
    } else {
      const parsed: Record<string, JsonValue> = JSON.parse(`{${text}}`)
      const members = Object.entries(parsed)
      if (members.length === 0) throw broken('a member is missing')
      for (const [key, value] of members) setMember(built, key, value)
    }
  }
}

class FinishedPieces implements ParsedInPieces {
  readonly #reader: PiecesReader
  readonly #bytes: Buffer

  constructor(reader: PiecesReader, bytes: Buffer) {
    this.#reader = reader
    this.#bytes = bytes
  }

  get value() {
    return this.#reader.value
  }

  async fill(maxCharacters: number): Promise<void> {
    for (const { holder, key, start, end } of this.#reader.longTexts) {
      setMember(holder, key, await decodeText(this.#bytes, { start, end, maxCharacters }))
    }
  }
}

/**
 * JSON.parse for long texts, in pieces of a few milliseconds between which the event loop goes on. Rejects with the
 * SyntaxError of JSON.parse, also for a number or space of more than about a mebibyte.
 * @throws NestedTooDeep, SyntaxError, and the error of `tooMany`
 */
export async function parseInPieces(bytes: Buffer, options: PiecesOptions): Promise<ParsedInPieces> {
  const reader = new PiecesReader(bytes, options)
  // A value takes at least two bytes, with its separator.
  const mayBeMore = bytes.length > 2 * options.maxValues
  if (mayBeMore && (await hasMoreValues(bytes, options.maxValues))) throw options.tooMany()
  while (!reader.step(slices.endsAt)) await slices.next()
  reader.finish()
  return new FinishedPieces(reader, bytes)
}
