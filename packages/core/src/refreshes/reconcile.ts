import { createId, type ServerId, type ToolId } from '../base/ids.ts'
import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { isStoredAs, type Listed, readListed } from '../features/listed-definition.ts'
import { loosensHints } from '../model/approval.ts'
import type { RefreshEvent, ToolChange } from '../model/events.ts'
import type { RefreshOutcome } from '../model/job.ts'
import type { ServerRecord } from '../model/server.ts'
import {
  type DefinitionText,
  definitionOf,
  type McpToolChange,
  type NewTool,
  type ToolQuarantine,
  type ToolSettings,
} from '../model/tool.ts'
import type { StoredDefinition } from '../storage/storage.ts'
import type { ToolRedefinition, Write } from '../storage/write.ts'
import { definitionChanges } from '../tools/changes.ts'
import type { ToolList } from '../tools/tool-list.ts'

export interface Reconciliation {
  readonly outcome: RefreshOutcome
  readonly writes: readonly Write[]
  readonly events: readonly RefreshEvent[]
  /** Tools to review, by the server's `toolChangePolicy`. */
  readonly flagged: readonly ToolId[]
}

export interface ReconcileOptions {
  readonly at: number
  readonly meter: Pick<BudgetMeter, 'budgets' | 'count'>
}

/** A stored tool compared with its definition in the list. */
interface Compared {
  readonly id: ToolId
  readonly wasRemoved: boolean
  readonly changes: readonly McpToolChange[]
  /** The definition to store; undefined if the stored one stays. */
  readonly after: ToolRedefinition | undefined
}

/** Characters of definitions that are compared between two checks of the clock, and those that a tool counts in itself. */
const charsPerLook = 16 * 1024
const charsPerTool = 256

const noChanges: readonly McpToolChange[] = []
/** Stands for changes that the outcome has no room for: the whole definition. */
const someChanges: readonly McpToolChange[] = [{ pointer: '' }]

/** The changes of a definition. Equal texts, as most are, need not be parsed. */
function changesOf(storedText: string, listed: DefinitionText): readonly McpToolChange[] {
  if (listed.definitionText === storedText) return noChanges
  return definitionChanges(definitionOf({ definitionText: storedText }), definitionOf(listed))
}

/** What the operator has set for a tool that is new: nothing. */
const unset: ToolSettings = Object.freeze({
  enabled: true,
  tags: Object.freeze([]),
  returnCharLimit: null,
  recordArgs: null,
  recordResults: null,
  approvalPolicy: null,
})

function newTool(serverId: ServerId, listed: DefinitionText, quarantine: ToolQuarantine | null, at: number): NewTool {
  const { definitionText, outline } = listed
  return {
    id: createId('tool'),
    definitionText,
    ...(outline ? { outline } : {}),
    serverId,
    quarantine,
    holdsHints: false,
    settings: unset,
    firstSeenAt: at,
    updatedAt: at,
    removedAt: null,
  }
}

/** A hint that a server loosens by itself counts once the owner has accepted it. */
function held(stored: StoredDefinition, listed: DefinitionText, isSame: boolean): { readonly loosensHints?: true } {
  if (isSame || stored.quarantine?.kind === 'NEW') return {}
  return loosensHints(definitionOf({ definitionText: stored.definitionText }), definitionOf(listed))
    ? { loosensHints: true }
    : {}
}

/** The definition to store for a tool that is listed again; undefined if the stored one stays. */
function redefinition(
  stored: StoredDefinition,
  listed: DefinitionText,
  { isSame, isCautious }: { readonly isSame: boolean; readonly isCautious: boolean },
): ToolRedefinition | undefined {
  const { id, quarantine, removedAt } = stored
  if (!isCautious || (isSame && quarantine?.kind !== 'NEW')) {
    const isAsStored = isSame && quarantine === null && removedAt === null
    return isAsStored ? undefined : { id, ...listed, ...held(stored, listed, isSame), quarantine: null }
  }
  if (quarantine?.kind === 'NEW') {
    return isSame && removedAt === null ? undefined : { id, ...listed, quarantine }
  }
  if (removedAt === null && quarantine && changesOf(quarantine.definitionText, listed).length === 0) return undefined
  return { id, quarantine: { kind: 'CHANGED', definitionText: listed.definitionText } }
}

function compare(before: StoredDefinition, given: Listed<DefinitionText>, isCautious: boolean): Compared | 'UNCHANGED' {
  // Most tools are unchanged.
  if (before.quarantine === null && before.removedAt === null && isStoredAs(given, before.definitionText)) {
    return 'UNCHANGED'
  }
  const listed = readListed(given)
  const pending = isCautious && before.quarantine?.kind === 'CHANGED' ? before.quarantine.definitionText : undefined
  const changes = changesOf(pending ?? before.definitionText, listed)
  const isSame = pending === undefined ? changes.length === 0 : changesOf(before.definitionText, listed).length === 0
  const after = redefinition(before, listed, { isSame, isCautious })
  return { id: before.id, wasRemoved: before.removedAt !== null, changes, after }
}

/** Answers the function that passes changes on while the outcome has room for them, then only that there are some. */
function createChangesCap({ budgets, count }: ReconcileOptions['meter']) {
  let left = budgets.outcomeBytes
  let isCounted = false
  return (changes: readonly McpToolChange[]): readonly McpToolChange[] => {
    if (changes.length === 0) return noChanges
    left -= Buffer.byteLength(JSON.stringify(changes))
    if (left >= 0) return changes
    if (!isCounted) count('outcomeBytes')
    isCounted = true
    return someChanges
  }
}

/** Collects the writes and events of a refresh, in the order of the list. */
function createResult({ id: serverId, toolChangePolicy }: ReconciledServer, at: number) {
  const isCautious = toolChangePolicy === 'QUARANTINE'
  const inserted: NewTool[] = []
  const redefined: ToolRedefinition[] = []
  const added: ToolId[] = []
  const updated: { toolId: ToolId; changes: readonly McpToolChange[] }[] = []
  const deleted: ToolId[] = []
  const flagged: ToolId[] = []
  const events: RefreshEvent[] = []
  let unchangedCount = 0
  const report = (change: ToolChange, toolId: ToolId, name: string) =>
    events.push({ type: 'RefreshToolChanged', change, toolId, name })
  return {
    add(name: string, listed: DefinitionText): void {
      const tool = newTool(serverId, listed, isCautious ? { kind: 'NEW' } : null, at)
      inserted.push(tool)
      added.push(tool.id)
      flagged.push(tool.id)
      report('ADDED', tool.id, name)
    },
    update(name: string, { id, wasRemoved, changes, after }: Compared): void {
      if (after) redefined.push(after)
      if (wasRemoved) {
        added.push(id)
        if (changes.length > 0) flagged.push(id)
        report('ADDED', id, name)
      } else if (changes.length > 0) {
        updated.push({ toolId: id, changes })
        flagged.push(id)
        report('UPDATED', id, name)
      } else unchangedCount += 1
    },
    keep(): void {
      unchangedCount += 1
    },
    remove({ id, name }: Pick<StoredDefinition, 'id' | 'name'>): void {
      deleted.push(id)
      report('DELETED', id, name)
    },
    end(rejected: ToolList['rejected']): Reconciliation {
      const writes: Write[] = []
      if (inserted.length > 0) writes.push({ kind: 'insertTools', tools: inserted })
      if (redefined.length > 0) writes.push({ kind: 'redefineTools', tools: redefined, at })
      if (deleted.length > 0) writes.push({ kind: 'removeTools', toolIds: deleted, at })
      const outcome = { added, updated, deleted, unchangedCount, rejected }
      return { outcome, writes, events, flagged: toolChangePolicy === 'ACCEPT' ? [] : flagged }
    },
  }
}

type ReconciledServer = Pick<ServerRecord, 'id' | 'toolChangePolicy'>

/**
 * Finds the writes that make the stored tools of a server those that it lists; ids and settings stay. With QUARANTINE, new
 * and changed definitions are stored as pending. Holds one page of the stored tools at a time.
 */
export async function reconcile(
  server: ReconciledServer,
  stored: AsyncIterable<readonly StoredDefinition[]>,
  { tools, rejected }: ToolList,
  { at, meter }: ReconcileOptions,
): Promise<Reconciliation> {
  const isCautious = server.toolChangePolicy === 'QUARANTINE'
  const capped = createChangesCap(meter)
  const known = new Map<string, Compared | 'UNCHANGED'>()
  const missing: Pick<StoredDefinition, 'id' | 'name'>[] = []
  let chars = 0
  for await (const page of stored) {
    for (const before of page) {
      if (chars > charsPerLook) {
        chars = 0
        if (slices.isOver) await slices.next()
      }
      const { id, name, removedAt, definitionText } = before
      chars += definitionText.length
      const listed = tools.get(name)
      if (listed) {
        const compared = compare(before, listed, isCautious)
        known.set(name, compared === 'UNCHANGED' ? compared : { ...compared, changes: capped(compared.changes) })
      } else if (removedAt === null) missing.push({ id, name })
    }
  }
  const result = createResult(server, at)
  for (const [name, listed] of tools) {
    chars += charsPerTool
    if (chars > charsPerLook) {
      chars = 0
      if (slices.isOver) await slices.next()
    }
    const compared = known.get(name)
    if (compared === 'UNCHANGED') result.keep()
    else if (compared) result.update(name, compared)
    else result.add(name, readListed(listed))
  }
  for (const each of missing) result.remove(each)
  return result.end(rejected)
}
