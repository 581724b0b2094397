import type { AuditLog } from '../audit/audit.ts'
import { RegistryError } from '../base/errors.ts'
import { parseId, type ToolId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { countsAsDestructive, isLooser, toolHints } from '../model/approval.ts'
import { loosening } from '../model/approval-errors.ts'
import type { ToolApprovalPolicy } from '../model/approval-policy.ts'
import { feedOf } from '../model/events.ts'
import type { McpTool, ToolDefinition, ToolRecord, ToolSettings } from '../model/tool.ts'
import type { PausedRunControl } from '../runs/end-pauses.ts'
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
  readonly pausedRuns: PausedRunControl
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
  const { storage, bus, views, audit, pausedRuns, maxFeedEvents } = deps

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

  /** The policy that decides about runs of the tool. */
  async function policyOf({ serverId }: ToolRecord, settings: ToolSettings): Promise<ToolApprovalPolicy> {
    return settings.approvalPolicy ?? (await storage.servers.get(serverId))?.approvalPolicy ?? 'NEVER'
  }

  async function assertMaySet(record: ToolRecord, settings: ToolSettings, mayLoosen: boolean): Promise<void> {
    if (mayLoosen || settings.approvalPolicy === record.settings.approvalPolicy) return
    if (isLooser(await policyOf(record, settings), await policyOf(record, record.settings))) throw loosening()
  }

  async function assertMayAccept(record: ToolRecord, next: ToolDefinition, mayLoosen: boolean): Promise<void> {
    if (mayLoosen || !countsAsDestructive(record) || toolHints(next).destructive) return
    if ((await policyOf(record, record.settings)) === 'DESTRUCTIVE') throw loosening()
  }

  return {
    async set(id, input, { actor, mayLoosenApproval = true } = {}) {
      const entry = { action: 'TOOL_UPDATED', actor, ...targetOf(id), fields: fieldsOf(input) } as const
      const { record, settings } = await audit.orRefused(entry, async () => {
        const stored = await getOrThrow(id)
        const merged = mergeSettings(stored.settings, input)
        await assertMaySet(stored, merged, mayLoosenApproval)
        return { record: stored, settings: merged }
      })
      const at = Date.now()
      const done = audit.done({ ...entry, targetName: record.definition.name })
      await storage.commit([{ kind: 'setTool', toolId: record.id, settings, at }, done])
      if (record.settings.enabled && !settings.enabled) await pausedRuns.recheck(record.serverId)
      return viewOrThrow({ ...record, settings, updatedAt: at })
    },
    async approve(id, digest, { actor, mayLoosenApproval = true } = {}) {
      const entry = { action: 'TOOL_APPROVED', actor, ...targetOf(id) } as const
      return audit.orRefused(entry, async () => {
        const record = await getOrThrow(id)
        const { id: toolId, serverId, quarantine, holdsHints } = record
        const definitionText = quarantine?.kind === 'CHANGED' ? quarantine.definitionText : record.definitionText
        // The text was written from a definition.
        const definition: ToolDefinition = JSON.parse(definitionText)
        if (definitionDigest(definition) !== digest) throw notWaiting(toolId)
        if (!quarantine && !holdsHints) return viewOrThrow(record)
        await assertMayAccept(record, definition, mayLoosenApproval)
        const at = Date.now()
        const events = [{ type: 'McpToolApproved', serverId, toolId }] as const
        await storage.commit([
          quarantine
            ? { kind: 'approveTool', toolId, definition, definitionText, at }
            : { kind: 'acceptHints', toolId, definitionText, at },
          { kind: 'appendServerEvents', at, events, keep: maxFeedEvents },
          audit.done({ ...entry, targetName: definition.name }),
        ])
        bus.notify(feedOf(storage.tenantId))
        if (quarantine) await pausedRuns.recheck(serverId)
        const accepted = { definition, definitionText, quarantine: null, holdsHints: false }
        return viewOrThrow({ ...record, ...accepted, updatedAt: at })
      })
    },
  }
}
