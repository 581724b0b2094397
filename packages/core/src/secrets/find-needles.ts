import { type Decoded, isCutAt, placeOf } from './decode-text.ts'
import { minLength, type Needle } from './needles.ts'

/** Most units that a search compares: a hostile server's text that needs more is sealed as a whole. */
const maxSteps = 4 * 1024 * 1024
/** Most units of an escape that is cut off at the end of a text, escaped several times or not. */
const maxBrokenEscape = 24

/** A range of the text that was decoded: `start` is in it, `end` is not. */
type OnRange = (start: number, end: number) => void

export interface NeedleSearch {
  /** Calls `onRange` for each needle in the texts. Returns false once that takes too many steps. */
  find(texts: readonly Decoded[], onRange: OnRange): boolean
}

function isWord(unit: number | undefined): boolean {
  if (unit === undefined) return false
  const small = unit | 0x20
  return (unit >= 0x30 && unit <= 0x39) || (small >= 0x61 && small <= 0x7a)
}

// The signs are + / _ = and -.
const base64Signs: ReadonlySet<number> = new Set([0x2b, 0x2f, 0x5f, 0x3d, 0x2d])
const isBase64 = (unit: number | undefined) => unit !== undefined && (isWord(unit) || base64Signs.has(unit))

function isOfEscape(unit: number | undefined): boolean {
  if (unit === undefined) return false
  const small = unit | 0x20
  return startsEscape(unit) || (unit >= 0x30 && unit <= 0x39) || (small >= 0x61 && small <= 0x66) || small === 0x75
}

/** A percent sign, a backslash, or U+FFFD for a character that was cut within its bytes. */
const startsEscape = (unit: number | undefined) => unit === 0x25 || unit === 0x5c || unit === 0xfffd

/** The end of a text that was cut at `at`, or within an escape there; undefined if the text goes on. */
function cutEnd(units: Uint16Array, at: number): number | undefined {
  let start = at
  // The part that the secret shares with the text may end within the escape.
  while (at - start < maxBrokenEscape && !startsEscape(units[start]) && isOfEscape(units[start - 1])) start -= 1
  let end = at
  if (startsEscape(units[start])) while (end - start < maxBrokenEscape && isOfEscape(units[end])) end += 1
  return isCutAt(units, end) ? end : undefined
}

/** Adds a unit to the hash of the last four: the unit before them is shifted out. */
const roll = (hash: number, unit: number) => (hash << 8) ^ Math.imul(unit, 0x9e3779b1)

/** The number of units from `at` on that match the beginning of the needle. */
function commonLength(units: Uint16Array, at: number, wanted: Uint16Array): number {
  const most = Math.min(wanted.length, units.length - at)
  let length = 0
  while (length < most && units[at + length] === wanted[length]) length += 1
  return length
}

/** The needle with the neighbours that hold bits of it; undefined if it must stand alone and does not. */
function surrounded(
  units: Uint16Array,
  at: number,
  { units: { length }, standsAlone, before, behind }: Needle,
): { start: number; end: number } | undefined {
  let [start, end] = [at, at + length]
  if (standsAlone && (isWord(units[start - 1]) || isWord(units[end]))) return undefined
  if (before && isBase64(units[start - 1])) start -= 1
  const padding = 0x3d
  for (let more = 0; behind && more < 3 && isBase64(units[end]) && (more === 0 || units[end] === padding); more += 1) {
    end += 1
  }
  return { start, end }
}

/** Needles that begin with the same four units. */
interface Group {
  readonly start: Uint16Array
  /** Their indices among all needles. */
  readonly indices: number[]
  /** Another group with the same hash. */
  readonly next: Group | undefined
}

const bitsOf = (count: number) => Math.max(10, Math.ceil(Math.log2(count * 4)))

/** Groups the needles by the hash of their first four units. */
function tableOf(needles: readonly Needle[]) {
  const bits = bitsOf(needles.length + 1)
  const table = new Array<Group | undefined>(2 ** bits).fill(undefined)
  const groups = new Map<string, Group>()
  for (const [index, { units }] of needles.entries()) {
    const start = units.subarray(0, minLength)
    const key = start.join()
    const known = groups.get(key)
    if (known) {
      known.indices.push(index)
      continue
    }
    const place = start.reduce(roll, 0) >>> (32 - bits)
    const group: Group = { start, indices: [index], next: table[place] }
    groups.set(key, group)
    table[place] = group
  }
  return { table, bits }
}

/**
 * Searches for many needles in one pass over a text. The time is proportional to the text unless it begins like needles
 * over and over.
 */
export function createNeedleSearch(needles: readonly Needle[]): NeedleSearch {
  const { table, bits } = tableOf(needles)

  /** Returns the steps it took. It stops after `allowed`. */
  function findIn(decoded: Decoded, allowed: number, onRange: OnRange): number {
    const { units } = decoded
    /** The end of the last match of each needle. */
    const found = new Uint32Array(needles.length)
    let steps = 0
    const report = (start: number, end: number) => {
      const [from, to] = [placeOf(decoded, start), placeOf(decoded, end)]
      steps += (to - from) / 8
      onRange(from, to)
    }
    const lookFor = (index: number, at: number) => {
      steps += 1
      const needle = needles[index]
      if (!needle || at < (found[index] ?? 0)) return
      const length = commonLength(units, at, needle.units)
      steps += length
      if (length === needle.units.length) {
        const range = surrounded(units, at, needle)
        if (!range) return
        found[index] = at + length
        report(range.start, range.end)
      } else if (length >= needle.minCut) {
        const end = cutEnd(units, at + length)
        if (end !== undefined) report(at, end)
      }
    }
    const look = (first: Group, at: number) => {
      for (let group: Group | undefined = first; group; group = group.next) {
        steps += 1
        if (commonLength(units, at, group.start) < minLength) continue
        for (const index of group.indices) lookFor(index, at)
      }
    }
    let hash = 0
    for (let at = 0; at < units.length && steps <= allowed; at += 1) {
      hash = roll(hash, units[at] ?? 0)
      const group = table[hash >>> (32 - bits)]
      // The last four units may be the beginning of a needle.
      if (group && at + 1 >= minLength) look(group, at + 1 - minLength)
    }
    return steps
  }

  return {
    find(texts, onRange) {
      let left = maxSteps
      for (const decoded of texts) {
        left -= findIn(decoded, left, onRange)
        if (left < 0) return false
      }
      return true
    },
  }
}
