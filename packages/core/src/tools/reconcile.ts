import type { RefreshEvent, ToolChange } from '../events/events.ts'
import { createId, type ServerId, type ToolId } from '../ids.ts'
import type { RefreshOutcome } from '../jobs/job.ts'
import type { StoredDefinition, ToolRedefinition, Write } from '../storage/storage.ts'
import { definitionChanges } from './changes.ts'
import { schemaDigest } from './definition.ts'
import type { Discovered } from './discover.ts'
import { schemaHealth } from './schema-health.ts'
import type { McpToolChange, ToolDefinition, ToolRecord } from './tool.ts'

export interface Reconciliation {
  readonly outcome: RefreshOutcome
  readonly writes: readonly Write[]
  readonly events: readonly RefreshEvent[]
}

function redefinition(id: ToolId, definition: ToolDefinition): ToolRedefinition {
  return { id, definition, schemaDigest: schemaDigest(definition), schemaHealth: schemaHealth(definition.inputSchema) }
}

/** The same text is the same definition: most are unchanged, and need not be parsed. */
function changesOf({ text }: StoredDefinition, definition: ToolDefinition): readonly McpToolChange[] {
  if (JSON.stringify(definition) === text) return []
  const before: ToolDefinition = JSON.parse(text)
  return definitionChanges(before, definition)
}

function newTool(serverId: ServerId, definition: ToolDefinition, at: number): ToolRecord {
  return {
    ...redefinition(createId('tool'), definition),
    serverId,
    settings: { enabled: true, tags: [], returnCharLimit: null },
    firstSeenAt: at,
    updatedAt: at,
    removedAt: null,
  }
}

/** What must be written so that the stored tools of a server are those that it lists; ids and settings stay. */
export function reconcile(
  serverId: ServerId,
  stored: readonly StoredDefinition[],
  { definitions, rejected }: Discovered,
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

  for (const [name, definition] of definitions) {
    const before = known.get(name)
    if (!before) {
      const tool = newTool(serverId, definition, at)
      inserted.push(tool)
      added.push(tool.id)
      tell('ADDED', tool.id, name)
    } else if (before.removedAt !== null) {
      redefined.push(redefinition(before.id, definition))
      added.push(before.id)
      tell('ADDED', before.id, name)
    } else {
      const changes = changesOf(before, definition)
      if (changes.length === 0) {
        unchangedCount += 1
        continue
      }
      redefined.push(redefinition(before.id, definition))
      updated.push({ toolId: before.id, changes })
      tell('UPDATED', before.id, name)
    }
  }
  const deleted: ToolId[] = []
  for (const tool of stored) {
    if (tool.removedAt !== null || definitions.has(tool.name)) continue
    deleted.push(tool.id)
    tell('DELETED', tool.id, tool.name)
  }
  const writes: Write[] = []
  if (inserted.length > 0) writes.push({ kind: 'insertTools', tools: inserted })
  if (redefined.length > 0) writes.push({ kind: 'redefineTools', tools: redefined, at })
  if (deleted.length > 0) writes.push({ kind: 'removeTools', toolIds: deleted, at })
  return { outcome: { added, updated, deleted, unchangedCount, rejected }, writes, events }
}
