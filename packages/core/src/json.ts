export type JsonPrimitive = string | number | boolean | null
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Whether arrays and objects in `value` stand more than `limit` deep in one another. It goes no deeper than `limit`
 * itself, so that a few hundred never overflow the stack, as what it guards (hashing, comparing) would.
 */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(item, limit - 1))
  // for-in makes no list of the values; what JSON.parse makes inherits nothing that could be enumerated.
  for (const key in value) {
    // Any key of it will do: this is its own walk, not a look-up.
    if (isDeeperThan((value as Readonly<Record<string, unknown>>)[key], limit - 1)) return true
  }
  return false
}

/** How many values stand in `value`, itself included; stops counting beyond `limit`. Recursive: check the depth before. */
export function countValues(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 1
  // An array's items, an object's members: for-in gives both, and makes no list of them.
  for (const key in value) {
    if (count > limit) return count
    // Any key of it will do: this is its own walk, not a look-up.
    count += countValues((value as Readonly<Record<string, unknown>>)[key], limit - count)
  }
  return count
}

/** One reference token, escaped as RFC 6901 section 3 asks. */
export function pointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** As JSON.stringify writes it, but for what comes behind `maxCharacters`: no more than that is worked on. */
export function jsonHead(value: JsonValue, maxCharacters: number): string {
  const parts: string[] = []
  let left = maxCharacters
  const write = (text: string) => {
    parts.push(text.slice(0, left))
    left -= text.length
  }
  const visit = (item: JsonValue): void => {
    if (left <= 0) return
    if (typeof item === 'string') write(JSON.stringify(item.slice(0, left)))
    else if (Array.isArray(item)) list('[', ']', item, visit)
    else if (isJsonObject(item)) {
      list('{', '}', Object.keys(item), (key) => {
        visit(key)
        write(':')
        visit(item[key] ?? null)
      })
    } else write(JSON.stringify(item))
  }
  const list = <Item>(open: string, close: string, items: readonly Item[], each: (item: Item) => void) => {
    write(open)
    for (const [index, item] of items.entries()) {
      if (left <= 0) return
      if (index > 0) write(',')
      each(item)
    }
    write(close)
  }
  visit(value)
  return parts.join('')
}

/** Whether the JSON text of `value` has more than `limit` characters; of one that surely has, the text is not made. */
export function isJsonLonger(value: JsonValue, limit: number): boolean {
  return leastLength(value, limit) > limit || JSON.stringify(value).length > limit
}

/** What its JSON text has at least; it counts no further than beyond `limit`. */
function leastLength(value: JsonValue, limit: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 1
  let length = 1
  const isList = Array.isArray(value)
  // An array's items, an object's members: for-in gives both, and makes no list of them.
  for (const key in value) {
    if (length > limit) return length
    // Any key of it will do: this is its own walk, not a look-up.
    const item = (value as Readonly<Record<string, JsonValue>>)[key] ?? null
    length += leastLength(item, limit - length) + (isList ? 1 : key.length + 4)
  }
  return Math.max(2, length)
}
