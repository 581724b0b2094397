import { createSlices } from '../budgets/slices.ts'
import type { RefreshEvent, ToolChange } from '../events/events.ts'
import { createId, type ServerId, type ToolId } from '../ids.ts'
import type { RefreshOutcome } from '../jobs/job.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { StoredDefinition } from '../storage/storage.ts'
import type { ToolRedefinition, Write } from '../storage/write.ts'
import { createChangeRecord, definitionChanges } from './changes.ts'
import type { Discovered, ListedTool } from './discover.ts'
import type { McpToolChange, ToolDefinition, ToolQuarantine, ToolRecord } from './tool.ts'

export interface Reconciliation {
  readonly outcome: RefreshOutcome
  readonly writes: readonly Write[]
  readonly events: readonly RefreshEvent[]
  /** The tools that somebody should look at, by the server's `toolChangePolicy`. */
  readonly flagged: readonly ToolId[]
}

/** The same text is the same definition: most are unchanged, and need not be parsed. */
function changesOf(storedText: string, listed: ListedTool): readonly McpToolChange[] {
  if (listed.definitionText === storedText) return []
  const before: ToolDefinition = JSON.parse(storedText)
  return definitionChanges(before, listed.definition)
}

function newTool(serverId: ServerId, listed: ListedTool, quarantine: ToolQuarantine | null, at: number): ToolRecord {
  return {
    id: createId('tool'),
    ...listed,
    serverId,
    quarantine,
    settings: { enabled: true, tags: [], returnCharLimit: null, recordArgs: null, recordResults: null },
    firstSeenAt: at,
    updatedAt: at,
    removedAt: null,
  }
}

/** What a tool that is listed again becomes: undefined where it stays as it is stored. */
function redefinition(
  stored: StoredDefinition,
  listed: ListedTool,
  { isSame, isCautious }: { readonly isSame: boolean; readonly isCautious: boolean },
): ToolRedefinition | undefined {
  const { id, quarantine, removedAt } = stored
  if (!isCautious || (isSame && quarantine?.kind !== 'NEW')) {
    const isAsStored = isSame && quarantine === null && removedAt === null
    return isAsStored ? undefined : { id, ...listed, quarantine: null }
  }
  if (quarantine?.kind === 'NEW') {
    return isSame && removedAt === null ? undefined : { id, ...listed, quarantine }
  }
  if (removedAt === null && quarantine && changesOf(quarantine.definitionText, listed).length === 0) return undefined
  // Written from a definition.
  const definition: ToolDefinition = JSON.parse(stored.definitionText)
  const { definitionText } = stored
  return { id, definition, definitionText, quarantine: { kind: 'CHANGED', definitionText: listed.definitionText } }
}

interface Compared {
  /** From what was last seen of the tool. */
  readonly changes: readonly McpToolChange[]
  readonly after: ToolRedefinition | undefined
}

/** A tool that is listed again; comparing a large definition takes long. */
function compareOne(before: StoredDefinition, listed: ListedTool, isCautious: boolean): () => Compared {
  return () => {
    const { quarantine, definitionText } = before
    const pending = isCautious && quarantine?.kind === 'CHANGED' ? quarantine.definitionText : undefined
    const changes = changesOf(pending ?? definitionText, listed)
    const isSame = pending === undefined ? changes.length === 0 : changesOf(definitionText, listed).length === 0
    return { changes, after: redefinition(before, listed, { isSame, isCautious }) }
  }
}

/**
 * What must be written so that the stored tools of a server are those that it lists; ids and settings stay. With
 * QUARANTINE, what is new or changed is stored, and not in force.
 */
export async function reconcile(
  { id: serverId, toolChangePolicy }: Pick<ServerRecord, 'id' | 'toolChangePolicy'>,
  stored: readonly StoredDefinition[],
  { tools, rejected }: Pick<Discovered, 'tools' | 'rejected'>,
  at: number,
): Promise<Reconciliation> {
  const slices = createSlices()
  const known = new Map(stored.map((tool) => [tool.name, tool]))
  const isCautious = toolChangePolicy === 'QUARANTINE'
  const inserted: ToolRecord[] = []
  const redefined: ToolRedefinition[] = []
  const added: ToolId[] = []
  const updated: { toolId: ToolId; changes: readonly McpToolChange[] }[] = []
  const flagged: ToolId[] = []
  const events: RefreshEvent[] = []
  const record = createChangeRecord()
  let unchangedCount = 0
  const tell = (change: ToolChange, toolId: ToolId, name: string) =>
    events.push({ type: 'RefreshToolChanged', change, toolId, name })

  for (const [name, listed] of tools) {
    const before = known.get(name)
    if (!before) {
      const tool = newTool(serverId, listed, isCautious ? { kind: 'NEW' } : null, at)
      inserted.push(tool)
      added.push(tool.id)
      flagged.push(tool.id)
      tell('ADDED', tool.id, name)
      continue
    }
    const compared = compareOne(before, listed, isCautious)
    const { changes, after } = before.definitionText === listed.definitionText ? compared() : await slices.run(compared)
    if (after) redefined.push(after)
    if (before.removedAt !== null) {
      added.push(before.id)
      if (changes.length > 0) flagged.push(before.id)
      tell('ADDED', before.id, name)
    } else if (changes.length > 0) {
      updated.push({ toolId: before.id, changes: record(changes) })
      flagged.push(before.id)
      tell('UPDATED', before.id, name)
    } else unchangedCount += 1
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
  const outcome = { added, updated, deleted, unchangedCount, rejected }
  return { outcome, writes, events, flagged: toolChangePolicy === 'ACCEPT' ? [] : flagged }
}
