import type { AuditLog } from '../audit/audit.ts'
import { RegistryError } from '../base/errors.ts'
import { parseId, type ToolId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { feedOf } from '../model/events.ts'
import type { McpTool, ToolDefinition, ToolRecord } from '../model/tool.ts'
import { notWaiting } from '../storage/errors.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolsApi } from './api.ts'
import { definitionDigest } from './definition.ts'
import { fieldsOf, mergeSettings } from './tool-settings.ts'
import type { ToolViews } from './tool-views.ts'

export interface ToolChangesDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly views: ToolViews
  readonly audit: AuditLog
  /** Number of events that the feed keeps. */
  readonly maxFeedEvents: number
}

/** The target of an audit entry. Text that is no tool id is left out: it may be anything, even a secret. */
function targetOf(id: string): { readonly targetId?: ToolId } {
  const targetId = parseId('tool', id)
  return targetId ? { targetId } : {}
}

/** The changes that an owner makes to tools. */
export function createToolChanges(deps: ToolChangesDeps): Pick<ToolsApi, 'set' | 'approve'> {
  const { storage, bus, views, audit, maxFeedEvents } = deps

  async function getOrThrow(id: string): Promise<ToolRecord> {
    const toolId = parseId('tool', id)
    const record = toolId && (await storage.tools.get(toolId))
    if (!record) throw new RegistryError('NOT_FOUND', `No tool has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return record
  }

  async function viewOrThrow(record: ToolRecord): Promise<McpTool> {
    const tool = (await views.of([record])).get(record.id)
    if (!tool) throw new RegistryError('NOT_FOUND', `No tool has the id ${record.id}`, { path: ['id'] })
    return tool
  }

  return {
    async set(id, input, { actor } = {}) {
      const entry = { action: 'TOOL_UPDATED', actor, ...targetOf(id), fields: fieldsOf(input) } as const
      const { record, settings } = await audit.orRefused(entry, async () => {
        const stored = await getOrThrow(id)
        return { record: stored, settings: mergeSettings(stored.settings, input) }
      })
      const at = Date.now()
      const done = audit.done({ ...entry, targetName: record.definition.name })
      await storage.commit([{ kind: 'setTool', toolId: record.id, settings, at }, done])
      return viewOrThrow({ ...record, settings, updatedAt: at })
    },
    async approve(id, digest, { actor } = {}) {
      const entry = { action: 'TOOL_APPROVED', actor, ...targetOf(id) } as const
      return audit.orRefused(entry, async () => {
        const record = await getOrThrow(id)
        const { id: toolId, serverId, quarantine } = record
        const definitionText = quarantine?.kind === 'CHANGED' ? quarantine.definitionText : record.definitionText
        // The text was written from a definition.
        const definition: ToolDefinition = JSON.parse(definitionText)
        if (definitionDigest(definition) !== digest) throw notWaiting(toolId)
        if (!quarantine) return viewOrThrow(record)
        const at = Date.now()
        const events = [{ type: 'McpToolApproved', serverId, toolId }] as const
        await storage.commit([
          { kind: 'approveTool', toolId, definition, definitionText, at },
          { kind: 'appendServerEvents', at, events, keep: maxFeedEvents },
          audit.done({ ...entry, targetName: definition.name }),
        ])
        bus.notify(feedOf(storage.tenantId))
        return viewOrThrow({ ...record, definition, definitionText, quarantine: null, updatedAt: at })
      })
    },
  }
}
