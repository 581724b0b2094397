import type { RefreshEvent, ToolChange } from '../events/events.ts'
import { createId, type ServerId, type ToolId } from '../ids.ts'
import type { RefreshOutcome } from '../jobs/job.ts'
import type { StoredDefinition, ToolRedefinition, Write } from '../storage/storage.ts'
import { definitionChanges } from './changes.ts'
import type { Discovered, ListedTool } from './discover.ts'
import type { McpToolChange, ToolDefinition, ToolRecord } from './tool.ts'

export interface Reconciliation {
  readonly outcome: RefreshOutcome
  readonly writes: readonly Write[]
  readonly events: readonly RefreshEvent[]
}

/** The same text is the same definition: most are unchanged, and need not be parsed. */
function changesOf(stored: StoredDefinition, listed: ListedTool): readonly McpToolChange[] {
  if (listed.definitionText === stored.definitionText) return []
  const before: ToolDefinition = JSON.parse(stored.definitionText)
  return definitionChanges(before, listed.definition)
}

function newTool(serverId: ServerId, listed: ListedTool, at: number): ToolRecord {
  return {
    id: createId('tool'),
    ...listed,
    serverId,
    settings: { enabled: true, tags: [], returnCharLimit: null, recordArgs: null, recordResults: null },
    firstSeenAt: at,
    updatedAt: at,
    removedAt: null,
  }
}

/** What must be written so that the stored tools of a server are those that it lists; ids and settings stay. */
export function reconcile(
  serverId: ServerId,
  stored: readonly StoredDefinition[],
  { tools, rejected }: Discovered,
  at: number,
): Reconciliation {
  const known = new Map(stored.map((tool) => [tool.name, tool]))
  const inserted: ToolRecord[] = []
  const redefined: ToolRedefinition[] = []
  const added: ToolId[] = []
  const updated: { toolId: ToolId; changes: readonly McpToolChange[] }[] = []
  const events: RefreshEvent[] = []
  let unchangedCount = 0
  const tell = (change: ToolChange, toolId: ToolId, name: string) =>
    events.push({ type: 'RefreshToolChanged', change, toolId, name })

  for (const [name, listed] of tools) {
    const before = known.get(name)
    if (!before) {
      const tool = newTool(serverId, listed, at)
      inserted.push(tool)
      added.push(tool.id)
      tell('ADDED', tool.id, name)
    } else if (before.removedAt !== null) {
      redefined.push({ id: before.id, ...listed })
      added.push(before.id)
      tell('ADDED', before.id, name)
    } else {
      const changes = changesOf(before, listed)
      if (changes.length === 0) {
        unchangedCount += 1
        continue
      }
      redefined.push({ id: before.id, ...listed })
      updated.push({ toolId: before.id, changes })
      tell('UPDATED', before.id, name)
    }
  }
  const deleted: ToolId[] = []
  for (const tool of stored) {
    if (tool.removedAt !== null || tools.has(tool.name)) continue
    deleted.push(tool.id)
    tell('DELETED', tool.id, tool.name)
  }
  const writes: Write[] = []
  if (inserted.length > 0) writes.push({ kind: 'insertTools', tools: inserted })
  if (redefined.length > 0) writes.push({ kind: 'redefineTools', tools: redefined, at })
  if (deleted.length > 0) writes.push({ kind: 'removeTools', toolIds: deleted, at })
  return { outcome: { added, updated, deleted, unchangedCount, rejected }, writes, events }
}
