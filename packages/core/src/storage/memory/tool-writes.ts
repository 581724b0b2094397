import { definitionOf } from '../../model/tool.ts'
import { notWaiting } from '../errors.ts'
import type { ToolWrite } from '../write.ts'
import type { Tables } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

export function applyToolWrite({ servers, tools }: Tables, write: ToolWrite): Undo[] {
  switch (write.kind) {
    case 'insertTools':
      for (const tool of write.tools) getOrThrow(servers, tool.serverId, 'server')
      return write.tools.map((tool) => put(tools, tool.id, { ...tool, definition: definitionOf(tool) }))
    case 'redefineTools':
      for (const { id } of write.tools) getOrThrow(tools, id, 'tool')
      return write.tools.map(({ id, quarantine, definitionText, definition, loosensHints }) => {
        const before = getOrThrow(tools, id, 'tool')
        const text = definitionText === undefined ? before : { definitionText, ...(definition ? { definition } : {}) }
        const now = { ...before, definitionText: text.definitionText, definition: definitionOf(text) }
        const held = { holdsHints: loosensHints ?? before.holdsHints }
        return put(tools, id, { ...now, ...held, quarantine, updatedAt: write.at, removedAt: null })
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
