export type JsonPrimitive = string | number | boolean | null
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The kind of a value, as it reads in messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value === undefined) return 'nothing'
  if (value instanceof Date) return 'a date'
  if (value instanceof Uint8Array) return 'bytes'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * Whether `value` is nested more than `limit` deep. Recurses no deeper than `limit` itself: a few hundred levels cannot
 * overflow the stack, as the functions that it guards (hashing, comparing) would.
 */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(item, limit - 1))
  // for-in creates no list of the values, and objects of JSON.parse inherit nothing enumerable.
  for (const key in value) {
    // Any key of it will do: this is its own walk, not a look-up.
    if (isDeeperThan((value as Readonly<Record<string, unknown>>)[key], limit - 1)) return true
  }
  return false
}

/**
 * The number of values in `value`, itself included; stops counting beyond `limit`. Recursive: check the depth first.
 */
export function countValues(value: unknown, limit: number): number {
  return limit - roomWithin(value, Number.POSITIVE_INFINITY, limit)
}

/** Which bound `value` exceeds, if any: `maxDepth` levels of objects and arrays, or `maxValues` values, itself included. */
export function excessWithin(value: unknown, maxDepth: number, maxValues: number): 'DEPTH' | 'VALUES' | undefined {
  const room = roomWithin(value, maxDepth, maxValues)
  if (room >= 0) return undefined
  return room === tooDeep ? 'DEPTH' : 'VALUES'
}

/** No count of values comes to it. */
const tooDeep = Number.NEGATIVE_INFINITY

/** How many more values there may be after `value` and those in it; below 0 once it ends the walk. */
function roomWithin(value: unknown, maxDepth: number, maxValues: number): number {
  const room = maxValues - 1
  return typeof value === 'object' && value !== null ? roomAfter(value, maxDepth, room) : room
}

/** Called for objects and arrays alone: most values are neither, and a call for each would take most of the time. */
function roomAfter(container: object, depth: number, before: number): number {
  if (depth === 0) return tooDeep
  let room = before
  if (Array.isArray(container)) {
    for (const item of container) {
      room -= 1
      if (typeof item === 'object' && item !== null) room = roomAfter(item, depth - 1, room)
      if (room < 0) return room
    }
    return room
  }
  // for-in creates no list of the values, and objects of JSON.parse inherit nothing enumerable.
  for (const key in container) {
    // Any key of it will do: this is its own walk, not a look-up.
    const member = (container as Readonly<Record<string, unknown>>)[key]
    room -= 1
    if (typeof member === 'object' && member !== null) room = roomAfter(member, depth - 1, room)
    if (room < 0) return room
  }
  return room
}

/**
 * The first integer over 2^53 in `value`, down to `maxDepth`. It may have been another one in the text that it was
 * parsed from.
 */
export function unsafeInteger(value: unknown, maxDepth: number): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? value : undefined
  if (typeof value !== 'object' || value === null || maxDepth === 0) return undefined
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const found = unsafeInteger(member, maxDepth - 1)
    if (found !== undefined) return found
  }
  return undefined
}

/** Approximate bytes in V8: of a list or object, an item, a member, and a string beside its characters. */
const perContainer = 56
const perPlace = 8
const perMember = 40
const perText = 24

/**
 * Approximate bytes of memory that `value` takes, up to 20 times its JSON. Recursive: check the depth first.
 */
export function memoryOf(value: unknown): number {
  if (typeof value === 'string') return perText + value.length
  if (typeof value !== 'object' || value === null) return 0
  let bytes = perContainer
  if (Array.isArray(value)) {
    for (const item of value) bytes += perPlace + memoryOf(item)
    return bytes
  }
  for (const key in value) {
    // Any key of it will do: this is its own walk, not a look-up.
    bytes += perMember + memoryOf((value as Readonly<Record<string, unknown>>)[key])
  }
  return bytes
}

/** The least length of `value` as JSON; stops counting beyond `limit`. Recursive: check the depth first. */
function leastLength(value: JsonValue, limit: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 1
  let length = 2
  // As above: for-in creates no list, not even of an array's indexes.
  for (const key in value) {
    if (length > limit) return length
    // Any key of it will do: this is its own walk, not a look-up.
    const member = (value as Readonly<Record<string, JsonValue>>)[key] ?? null
    length += leastLength(member, limit - length) + 1
    if (!Array.isArray(value)) length += key.length + 3
  }
  // No comma follows the last member.
  return length === 2 ? 2 : length - 1
}

/** Whether `value` has more than `limit` characters as JSON, without creating the text of a far longer value. */
export function isLongerJson(value: JsonValue, limit: number): boolean {
  return leastLength(value, limit) > limit || JSON.stringify(value).length > limit
}

const headDepth = 64

/**
 * The beginning of `value` as JSON, at most `maxCharacters` long, at a cost to match. Values nested deeper than 64 are
 * null.
 */
export function jsonHead(value: unknown, maxCharacters: number): string {
  const parts: string[] = []
  let left = maxCharacters
  const put = (text: string) => {
    parts.push(text)
    left -= text.length
  }
  const write = (each: unknown, depth: number): void => {
    if (typeof each === 'string') put(JSON.stringify(each.slice(0, left)))
    else if (typeof each !== 'object' || each === null) put(JSON.stringify(each) ?? 'null')
    else if (depth === 0) put('null')
    else writeMembers(each, depth)
  }
  const writeMembers = (each: object, depth: number): void => {
    const isList = Array.isArray(each)
    let separator = isList ? '[' : '{'
    for (const key in each) {
      if (left <= 0) return
      put(isList ? separator : `${separator}${JSON.stringify(key.slice(0, left))}:`)
      // Any key of it will do: this is its own walk, not a look-up.
      if (left > 0) write((each as Readonly<Record<string, unknown>>)[key], depth - 1)
      separator = ','
    }
    put(separator === ',' ? (isList ? ']' : '}') : isList ? '[]' : '{}')
  }
  write(value, headDepth)
  const text = parts.join('')
  return text.length > maxCharacters ? text.slice(0, maxCharacters) : text
}

/** One reference token, escaped as RFC 6901 section 3 asks. */
export function pointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
