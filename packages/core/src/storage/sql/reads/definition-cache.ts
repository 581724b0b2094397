import { LRUCache } from 'lru-cache'
import type { ToolDefinition } from '../../../model/tool.ts'

/** Characters of JSON text in the cache; parsed definitions take a multiple of it. */
const maxChars = 4 * 1024 * 1024
/** Characters at the beginning and at the end of a text, which nearly always tell it from others. */
const headChars = 80
const tailChars = 40

interface Parsed {
  readonly text: string
  readonly definition: ToolDefinition
}

/** Each read has the text anew, and to hash all of it would take longer than to compare it with one other. */
function keyOf(text: string): string {
  return `${text.length}${text.slice(0, headChars)}${text.slice(-tailChars)}`
}

/** Parses definitions, which are read far more often than they change. Results are shared, and therefore frozen. */
export function createDefinitionCache(): (text: string) => ToolDefinition {
  const parsed = new LRUCache<string, Parsed>({
    maxSize: maxChars,
    sizeCalculation: ({ text }) => text.length,
  })
  return (text) => {
    const key = keyOf(text)
    const known = parsed.get(key)
    if (known?.text === text) return known.definition
    // Written from a ToolDefinition by tool-rows.ts alone; its depth was limited before it was stored.
    const definition = frozen(JSON.parse(text)) as ToolDefinition
    parsed.set(key, { text, definition })
    return definition
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
