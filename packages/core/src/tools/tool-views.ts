import { computedMembers } from '../base/computed-members.ts'
import type { ToolId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { slices } from '../base/slices.ts'
import { qualifiedName } from '../model/qualified-name.ts'
import type { McpTool, McpToolQuarantine, ToolDefinition, ToolRecord } from '../model/tool.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { definitionChanges } from './changes.ts'
import { definitionDigest, schemaDigest } from './definition.ts'
import { schemaHealth } from './schema-health.ts'
import { toolWarnings } from './tool-warnings.ts'

/** Stored tools as callers see them. */
export interface ToolViews {
  of(records: readonly ToolRecord[]): Promise<ReadonlyMap<ToolId, McpTool>>
  byIds(ids: readonly ToolId[], options?: { readonly isBounded: boolean }): Promise<ReadonlyMap<ToolId, McpTool>>
}

function hint(annotations: JsonObject | undefined, name: string): boolean | null {
  const value = annotations?.[name]
  return typeof value === 'boolean' ? value : null
}

export type ToolDefaults = Pick<McpTool, 'returnCharLimit' | 'recordArgs' | 'recordResults'>

type ComputedOfTool = Pick<McpTool, 'schemaDigest' | 'schemaHealth' | 'warnings' | 'quarantine' | 'heldHints'>

/** These cost more than all the rest. */
const withComputedOfTool = computedMembers<ToolRecord, ComputedOfTool>({
  schemaDigest: ({ definition }) => schemaDigest(definition),
  schemaHealth: ({ definition }) => schemaHealth(definition.inputSchema),
  warnings: ({ definition, definitionText }) => toolWarnings(definition, definitionText),
  quarantine: toQuarantine,
  heldHints: ({ holdsHints, quarantine, definition }) =>
    holdsHints && !quarantine ? { digest: definitionDigest(definition) } : null,
})

function toMcpTool(record: ToolRecord, serverName: string, defaults: ToolDefaults): McpTool {
  const { definition, settings } = record
  const { annotations } = definition
  const tool = {
    id: record.id,
    serverId: record.serverId,
    name: definition.name,
    qualifiedName: qualifiedName(serverName, definition.name),
    title: definition.title ?? (typeof annotations?.title === 'string' ? annotations.title : null),
    description: definition.description ?? null,
    inputSchema: definition.inputSchema,
    outputSchema: definition.outputSchema ?? null,
    annotations: {
      readOnlyHint: hint(annotations, 'readOnlyHint'),
      destructiveHint: hint(annotations, 'destructiveHint'),
      idempotentHint: hint(annotations, 'idempotentHint'),
      openWorldHint: hint(annotations, 'openWorldHint'),
    },
    icons: definition.icons ?? [],
    enabled: settings.enabled,
    tags: settings.tags,
    returnCharLimit: settings.returnCharLimit ?? defaults.returnCharLimit,
    recordArgs: settings.recordArgs ?? defaults.recordArgs,
    recordResults: settings.recordResults ?? defaults.recordResults,
    approvalPolicy: settings.approvalPolicy,
    firstSeenAt: new Date(record.firstSeenAt),
    updatedAt: new Date(record.updatedAt),
    removedAt: record.removedAt === null ? null : new Date(record.removedAt),
  }
  return withComputedOfTool(tool, record)
}

type ComputedOfQuarantine = Pick<McpToolQuarantine, 'digest' | 'changes' | 'warnings'>
type QuarantineSource = Pick<McpToolQuarantine, 'kind' | 'definition'> & {
  readonly definitionText: string
  readonly inForce: ToolDefinition
}

const withComputedOfQuarantine = computedMembers<QuarantineSource, ComputedOfQuarantine>({
  digest: ({ definition }) => definitionDigest(definition),
  changes: ({ kind, definition, inForce }) => (kind === 'NEW' ? [] : definitionChanges(inForce, definition)),
  warnings: ({ definition, definitionText }) => toolWarnings(definition, definitionText),
})

function toQuarantine({ quarantine, ...inForce }: ToolRecord): McpToolQuarantine | null {
  if (!quarantine) return null
  const { kind } = quarantine
  const { definitionText } = quarantine.kind === 'NEW' ? inForce : quarantine
  // The text was written from a definition.
  const definition: ToolDefinition = kind === 'NEW' ? inForce.definition : JSON.parse(definitionText)
  return withComputedOfQuarantine(
    { kind, definition },
    { kind, definition, definitionText, inForce: inForce.definition },
  )
}

/** Number of tools read at a time: a caller may read every member of each, and must not block the event loop. */
const readAtOnce = 25

export function createToolViews(storage: TenantStorage, defaults: ToolDefaults): ToolViews {
  const of = async (records: readonly ToolRecord[]) => {
    const serverIds = [...new Set(records.map(({ serverId }) => serverId))]
    const names = await storage.servers.namesOf(serverIds)
    return new Map(
      // A server that was deleted since the read took its tools along.
      records.flatMap((record) => {
        const serverName = names.get(record.serverId)
        return serverName === undefined ? [] : [[record.id, toMcpTool(record, serverName, defaults)] as const]
      }),
    )
  }
  const byIds: ToolViews['byIds'] = async (ids, options) => {
    // A bounded read is one read.
    if (ids.length <= readAtOnce || options?.isBounded) return of(await storage.tools.getMany(ids, options))
    const tools = new Map<ToolId, McpTool>()
    for (let start = 0; start < ids.length; start += readAtOnce) {
      if (slices.isOver) await slices.next()
      const some = await of(await storage.tools.getMany(ids.slice(start, start + readAtOnce)))
      for (const [id, tool] of some) tools.set(id, tool)
    }
    return tools
  }

  return { of, byIds }
}
