import { invalidInput } from '../../base/errors.ts'
import { isJsonObject, kindOf } from '../../base/json.ts'
import { repeatedMembers } from './json-document.ts'

/** Characters of a member's name in a message. */
const maxNameLength = 100

/** The INVALID_INPUT error for a value at `path`, whose last member its message names. */
export function unexpected(path: readonly string[], expected: string, value: unknown): Error {
  const member = path.at(-1)?.slice(0, maxNameLength) ?? 'the file'
  return invalidInput(path, `${member}: expected ${expected}, got ${kindOf(value)}`)
}

/** The text of a value. Numbers and booleans become text, as clients make it. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/**
 * Reads the members of an object in a file, and records which were read. A null member counts as missing.
 *
 * @throws INVALID_INPUT from each method, for a member of another kind
 */
export interface Members {
  readonly path: readonly string[]
  has(key: string): boolean
  any(key: string): unknown
  /** As `any`; the member still counts as not read. */
  peek(key: string): unknown
  text(key: string): string | undefined
  boolean(key: string): boolean | undefined
  number(key: string): number | undefined
  texts(key: string): readonly string[]
  list(key: string): readonly unknown[]
  /** An object of texts by name. */
  pairs(key: string): readonly (readonly [string, string])[]
  object(key: string): Members | undefined
  /** The members that were not read. */
  others(): readonly string[]
}

/** The members of an object; a repeated one comes each time. */
export function entriesOf(value: unknown, path: readonly string[]): readonly (readonly [string, unknown])[] {
  if (!isJsonObject(value) || value instanceof Date) throw unexpected(path, 'an object', value)
  return repeatedMembers(value) ?? Object.entries(value)
}

/** @throws INVALID_INPUT for a value that is not an object */
export function membersOf(value: unknown, path: readonly string[]): Members {
  if (!isJsonObject(value) || value instanceof Date) throw unexpected(path, 'an object', value)
  const asked = new Set<string>()
  const at = (key: string) => [...path, key]

  function peek(key: string): unknown {
    // Own members only: `constructor` must not be that of Object.
    const member: unknown = Object.hasOwn(object, key) ? object[key] : undefined
    return member ?? undefined
  }
  function any(key: string): unknown {
    asked.add(key)
    return peek(key)
  }
  const object = value

  function checked<T>(key: string, expected: string, check: (member: unknown) => T | undefined): T | undefined {
    const member = any(key)
    if (member === undefined) return undefined
    const found = check(member)
    if (found === undefined) throw unexpected(at(key), expected, member)
    return found
  }

  return {
    path,
    any,
    peek,
    has: (key) => any(key) !== undefined,
    text: (key) => checked(key, 'a string', (member) => (typeof member === 'string' ? member : undefined)),
    boolean: (key) => checked(key, 'true or false', (member) => (typeof member === 'boolean' ? member : undefined)),
    number: (key) => checked(key, 'a number', (member) => (typeof member === 'number' ? member : undefined)),
    list: (key) => checked(key, 'a list', (member) => (Array.isArray(member) ? member : undefined)) ?? [],
    texts(key) {
      const list = checked(key, 'a list of strings', (member) => (Array.isArray(member) ? member : undefined)) ?? []
      return list.map((item, index) => {
        const text = asText(item)
        if (text === undefined) throw unexpected([...at(key), String(index)], 'a string', item)
        return text
      })
    },
    pairs(key) {
      const record = any(key)
      if (record === undefined) return []
      return entriesOf(record, at(key)).flatMap(([name, item]) => {
        if (item === null) return []
        const text = asText(item)
        if (text === undefined) throw unexpected([...at(key), name], 'a string', item)
        return [[name, text] as const]
      })
    },
    object: (key) => checked(key, 'an object', (member) => membersOf(member, at(key))),
    others: () => Object.keys(object).filter((key) => !asked.has(key)),
  }
}
