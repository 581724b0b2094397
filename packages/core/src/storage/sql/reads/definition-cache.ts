import { LRUCache } from 'lru-cache'
import type { ToolDefinition } from '../../../model/tool.ts'

/** Characters of JSON text; what is made of it takes some times as much. */
const maxChars = 4 * 1024 * 1024

/** Parses definitions, which are read far more often than they change. What it answers is shared, and frozen for that. */
export function createDefinitionCache(): (text: string) => ToolDefinition {
  const parsed = new LRUCache<string, ToolDefinition>({
    maxSize: maxChars,
    sizeCalculation: (_, text) => text.length,
  })
  return (text) => {
    const known = parsed.get(text)
    if (known) return known
    // Written from a ToolDefinition, by writes.ts alone; its depth was limited before it was stored.
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
