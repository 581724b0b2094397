import { isDeeperThan } from '@toolyard/core/internal/json'

/** Deepest nesting that is pretty-printed, in levels: printing recurses, and each level indents further. */
const maxDepth = 200

/** Parses a text as a JSON array or object. Returns undefined for any other text. */
export function parsedJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isDeeperThan(value, maxDepth) ? undefined : value
  } catch {
    // The text only looks like JSON.
    return undefined
  }
}
