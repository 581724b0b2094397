import { isJsonObject } from '../base/json.ts'
import { toolHints } from '../model/approval.ts'
import type { ToolDefinition, ToolOutline } from '../model/tool.ts'
import { entryWords } from './entry-words.ts'

export function outlineOf(definition: ToolDefinition): ToolOutline {
  const { name, title, annotations, inputSchema, description = '' } = definition
  const shownTitle = title ?? annotations?.title
  const { properties } = inputSchema
  const { readOnly, destructive } = toolHints(definition)
  return {
    name,
    title: typeof shownTitle === 'string' ? shownTitle : '',
    properties: isJsonObject(properties) ? Object.keys(properties).join(' ') : '',
    description,
    readOnly,
    destructive,
  }
}

/** The searched words of a tool; its properties are those of its input schema. */
export function toolWords(definition: ToolDefinition): string {
  return entryWords(outlineOf(definition))
}
