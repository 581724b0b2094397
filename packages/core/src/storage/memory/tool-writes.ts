import {
  type DefinitionText,
  definitionOf,
  type NewTool,
  type ToolDefinition,
  type ToolRecord,
} from '../../model/tool.ts'
import { notWaiting } from '../errors.ts'
import type { ToolRedefinition, ToolWrite } from '../write.ts'
import type { Tables } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

/** A definition that was parsed ahead, in slices. */
interface Parsed {
  readonly definition?: ToolDefinition
}

/** Parses the definitions of tools ahead. */
export function parsedAhead<Tool extends Partial<DefinitionText>>(tool: Tool): Tool & Parsed {
  const { definitionText } = tool
  return definitionText === undefined ? tool : { ...tool, definition: definitionOf({ definitionText }) }
}

function toRecord({ outline: _, definition, ...tool }: NewTool & Parsed): ToolRecord {
  return { ...tool, definition: definition ?? definitionOf(tool) }
}

function redefined(
  before: ToolRecord,
  { quarantine, definitionText, definition, loosensHints }: ToolRedefinition & Parsed,
) {
  const held = { holdsHints: loosensHints ?? before.holdsHints, quarantine }
  if (definitionText === undefined) return { ...before, ...held }
  return { ...before, ...held, definitionText, definition: definition ?? definitionOf({ definitionText }) }
}

export function applyToolWrite({ servers, tools }: Tables, write: ToolWrite): Undo[] {
  switch (write.kind) {
    case 'insertTools':
      for (const tool of write.tools) getOrThrow(servers, tool.serverId, 'server')
      return write.tools.map((tool) => put(tools, tool.id, toRecord(tool)))
    case 'redefineTools':
      for (const { id } of write.tools) getOrThrow(tools, id, 'tool')
      return write.tools.map((tool) => {
        const now = redefined(getOrThrow(tools, tool.id, 'tool'), tool)
        return put(tools, tool.id, { ...now, updatedAt: write.at, removedAt: null })
      })
    case 'removeTools':
      for (const id of write.toolIds) getOrThrow(tools, id, 'tool')
      return write.toolIds.map((id) =>
        put(tools, id, { ...getOrThrow(tools, id, 'tool'), updatedAt: write.at, removedAt: write.at }),
      )
    case 'forgetTools':
      return write.toolIds.flatMap((id) => (tools.get(id)?.removedAt === null ? [] : take(tools, id)))
    case 'approveTool': {
      const { toolId, definition, definitionText, at } = write
      const tool = tools.get(toolId)
      const { quarantine } = tool ?? {}
      const pending = quarantine?.kind === 'NEW' ? tool?.definitionText : quarantine?.definitionText
      if (!tool || pending !== definitionText) throw notWaiting(toolId)
      const accepted = { definition, definitionText, quarantine: null, holdsHints: false }
      return [put(tools, toolId, { ...tool, ...accepted, updatedAt: at })]
    }
    case 'acceptHints': {
      const { toolId, definitionText, at } = write
      const tool = tools.get(toolId)
      if (!tool?.holdsHints || tool.definitionText !== definitionText) throw notWaiting(toolId)
      return [put(tools, toolId, { ...tool, holdsHints: false, updatedAt: at })]
    }
    case 'setTool': {
      const tool = getOrThrow(tools, write.toolId, 'tool')
      return [put(tools, tool.id, { ...tool, settings: write.settings, updatedAt: write.at })]
    }
  }
}
