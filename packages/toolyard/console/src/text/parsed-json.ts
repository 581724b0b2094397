import { isDeeperThan } from '@toolyard/core/json'

/** What is deeper is shown as the text that it is: printing it is recursive, and each level is indented further. */
const maxDepth = 200

/** The list or object that a text says as JSON; undefined for any other text. */
export function parsedJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isDeeperThan(value, maxDepth) ? undefined : value
  } catch {
    // A text that only looks like it.
    return undefined
  }
}
