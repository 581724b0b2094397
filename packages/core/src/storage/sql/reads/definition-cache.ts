import { LRUCache } from 'lru-cache'
import type { ToolDefinition } from '../../../model/tool.ts'

/** Characters of JSON text in the cache; parsed definitions take a multiple of it. */
const maxChars = 4 * 1024 * 1024

/** Parses definitions, which are read far more often than they change. Results are shared, and therefore frozen. */
export function createDefinitionCache(): (text: string) => ToolDefinition {
  const parsed = new LRUCache<string, ToolDefinition>({
    maxSize: maxChars,
    sizeCalculation: (_, text) => text.length,
  })
  return (text) => {
    const known = parsed.get(text)
    if (known) return known
    // Written from a ToolDefinition by tool-rows.ts alone; its depth was limited before it was stored.
    const definition = frozen(JSON.parse(text)) as ToolDefinition
    parsed.set(text, definition)
    return definition
  }
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
