import { hash } from 'node:crypto'
import type { JsonObject, JsonValue } from './json.ts'

/** Keys whose place in an object cannot be chosen: V8 lists integers first, and `__proto__` is not a plain key. */
const unorderable = /^(?:\d+|__proto__)$/

const unordered = Symbol('unordered')

/** A copy with its keys in order, for JSON.stringify; `unordered` if an object cannot have that order. */
function inOrder(value: JsonValue): JsonValue | typeof unordered {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items: JsonValue[] = []
    for (const item of value) {
      const ordered = inOrder(item)
      if (ordered === unordered) return unordered
      items.push(ordered)
    }
    return items
  }
  const object: { [key: string]: JsonValue } = {}
  // Array.isArray does not narrow readonly arrays away.
  const members = value as JsonObject
  for (const key of Object.keys(members).sort()) {
    const ordered = unorderable.test(key) ? unordered : inOrder(members[key] ?? null)
    if (ordered === unordered) return unordered
    object[key] = ordered
  }
  return object
}

function write(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  // As above.
  const members = value as JsonObject
  const keys = Object.keys(members).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(members[key] ?? null)}`).join(',')}}`
}

/**
 * The canonical text of a JSON value (RFC 8785): equal values have equal texts, whatever the order of their keys. A
 * lone surrogate, which the RFC forbids, is written as its escape. Recursive: check the depth of untrusted values
 * first.
 */
export function canonicalJson(value: JsonValue): string {
  const ordered = inOrder(value)
  return ordered === unordered ? write(value) : JSON.stringify(ordered)
}

/** SHA-256, hex, of the canonical text. */
export function canonicalDigest(value: JsonValue): string {
  return hash('sha256', canonicalJson(value))
}
