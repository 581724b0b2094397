export type JsonPrimitive = string | number | boolean | null
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Whether arrays and objects in `value` stand more than `limit` deep in one another.
 * It keeps its own stack: what it guards (hashing, comparing, JSON.stringify) is recursive and would overflow.
 */
export function isDeeperThan(value: unknown, limit: number): boolean {
  const stack: { readonly node: unknown; readonly depth: number }[] = [{ node: value, depth: 1 }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top.node !== 'object' || top.node === null) continue
    if (top.depth > limit) return true
    for (const child of Object.values(top.node)) stack.push({ node: child, depth: top.depth + 1 })
  }
  return false
}

/** One reference token, escaped as RFC 6901 section 3 asks. */
export function pointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
