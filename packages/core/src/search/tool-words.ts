import { isJsonObject } from '../base/json.ts'
import type { ToolDefinition } from '../model/tool.ts'
import { entryWords } from './entry-words.ts'

/** The searched words of a tool; its properties are those of its input schema. */
export function toolWords({ name, title, annotations, inputSchema, description = '' }: ToolDefinition): string {
  const shownTitle = title ?? annotations?.title
  const { properties } = inputSchema
  return entryWords({
    name,
    title: typeof shownTitle === 'string' ? shownTitle : '',
    properties: isJsonObject(properties) ? Object.keys(properties).join(' ') : '',
    description,
  })
}
