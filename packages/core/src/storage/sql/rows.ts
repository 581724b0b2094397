import type { NodeId, TenantId } from '../../base/ids.ts'
import type { AuditRecord } from '../../model/audit-event.ts'
import type { ChildRecord } from '../../model/child-process.ts'
import { fromConfigText, toConfigText } from '../../model/config-secrets.ts'
import type { NodeRecord, RefreshRecord, RunRecord, RunRecorded } from '../../model/job.ts'
import type { SecretKeyRecord } from '../../model/secret-key-record.ts'
import type { ServerRecord } from '../../model/server.ts'
import {
  definitionOf,
  type NewTool,
  type ToolDefinition,
  type ToolQuarantine,
  type ToolRecord,
} from '../../model/tool.ts'
import { serverWords, toolWords } from '../../search/tool-words.ts'
import { toolHints } from '../matches.ts'
import type { StoredDefinition, StoredNode } from '../storage.ts'
import type {
  AuditRow,
  ChildRow,
  NodeRow,
  RefreshRow,
  RunRow,
  SecretKeyRow,
  ServerRow,
  StoredNodeRow,
  ToolRow,
} from './schema.ts'

/**
 * Rows become records and back. What comes out was written here, from records whose types the compiler checked: the
 * database is ours alone, so its text is parsed and its shape is trusted.
 */
function parsed<T>(text: string): T {
  // The cast is that trust: these columns are written by the functions below and by nothing else.
  return JSON.parse(text) as T
}

function parsedOrNull<T>(text: string | null): T | null {
  return text === null ? null : parsed<T>(text)
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

export function fromServerRow(row: ServerRow): ServerRecord {
  return {
    // Written from a ServerId.
    id: row.id as ServerRecord['id'],
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    labels: parsed(row.labels),
    config: fromConfigText(row.config),
    timeouts: parsed(row.timeouts),
    // Written from a ProtocolEraPolicy.
    protocolEra: row.protocol_era as ServerRecord['protocolEra'],
    refreshIntervalMs: row.refresh_interval_ms,
    // Written from a ToolChangePolicy.
    toolChangePolicy: row.tool_change_policy as ServerRecord['toolChangePolicy'],
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    state: { status: row.status, ...parsed<object>(row.state) } as ServerRecord['state'],
  }
}

export function toServerRow(tenant: TenantId, server: ServerRecord): ServerRow {
  const { status, ...state } = server.state
  return {
    id: server.id,
    tenant,
    name: server.name,
    description: server.description,
    enabled: server.enabled ? 1 : 0,
    labels: JSON.stringify(server.labels),
    transport: server.config.transport,
    config: toConfigText(server.config),
    timeouts: JSON.stringify(server.timeouts),
    protocol_era: server.protocolEra,
    refresh_interval_ms: server.refreshIntervalMs,
    tool_change_policy: server.toolChangePolicy,
    revision: server.revision,
    created_at: server.createdAt,
    updated_at: server.updatedAt,
    status,
    state: JSON.stringify(state),
    words: serverWords(server.name),
  }
}

const noTags: readonly string[] = Object.freeze([])

export function fromToolRow(row: ToolRow, definitionOf: (text: string) => ToolDefinition): ToolRecord {
  return {
    // Written from a ToolId and a ServerId.
    id: row.id as ToolRecord['id'],
    serverId: row.server_id as ToolRecord['serverId'],
    definition: definitionOf(row.definition),
    definitionText: row.definition,
    quarantine: quarantineOf(row),
    settings: {
      enabled: row.enabled === 1,
      tags: row.tags === '[]' ? noTags : parsed(row.tags),
      returnCharLimit: row.return_char_limit,
      // Written from a RecordPolicy.
      recordArgs: row.record_args as ToolRecord['settings']['recordArgs'],
      recordResults: row.record_results as ToolRecord['settings']['recordResults'],
    },
    firstSeenAt: row.first_seen_at,
    updatedAt: row.updated_at,
    removedAt: row.removed_at,
  }
}

/** The columns that a refresh compares. */
export type DefinitionRow = Pick<
  ToolRow,
  'id' | 'name' | 'removed_at' | 'definition' | 'approved' | 'pending_definition'
>

function quarantineOf({ approved, pending_definition }: DefinitionRow): ToolRecord['quarantine'] {
  if (approved === 0) return { kind: 'NEW' }
  return pending_definition === null ? null : { kind: 'CHANGED', definitionText: pending_definition }
}

export function fromDefinitionRow(row: DefinitionRow): StoredDefinition {
  // Written from a ToolId.
  return {
    id: row.id as StoredDefinition['id'],
    name: row.name,
    removedAt: row.removed_at,
    definitionText: row.definition,
    quarantine: quarantineOf(row),
  }
}

/** The columns that say what waits for approval. */
export function quarantineColumns(quarantine: ToolQuarantine | null) {
  return {
    approved: quarantine?.kind === 'NEW' ? 0 : 1,
    pending_definition: quarantine?.kind === 'CHANGED' ? quarantine.definitionText : null,
  }
}

/** The columns that a refresh writes. */
export function definitionColumns(definition: ToolDefinition, text: string, quarantine: ToolQuarantine | null) {
  const { readOnly, destructive } = toolHints({ definition })
  return {
    definition: text,
    ...quarantineColumns(quarantine),
    read_only: readOnly ? 1 : 0,
    destructive: destructive ? 1 : 0,
    words: toolWords(definition),
  }
}

/** The columns that the owner writes. */
export function settingsColumns(settings: ToolRecord['settings']) {
  return {
    enabled: settings.enabled ? 1 : 0,
    tags: JSON.stringify(settings.tags),
    return_char_limit: settings.returnCharLimit,
    record_args: settings.recordArgs,
    record_results: settings.recordResults,
  }
}

export function toToolRow(tenant: TenantId, tool: NewTool): ToolRow {
  const definition = definitionOf(tool)
  return {
    id: tool.id,
    tenant,
    server_id: tool.serverId,
    name: definition.name,
    ...definitionColumns(definition, tool.definitionText, tool.quarantine),
    ...settingsColumns(tool.settings),
    first_seen_at: tool.firstSeenAt,
    updated_at: tool.updatedAt,
    removed_at: tool.removedAt,
  }
}

export function fromRefreshRow(row: RefreshRow): RefreshRecord {
  return {
    // Written from a RefreshId, a ServerId, a JobStatus and an NodeId.
    id: row.id as RefreshRecord['id'],
    serverId: row.server_id as RefreshRecord['serverId'],
    status: row.status as RefreshRecord['status'],
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: parsedOrNull(row.error),
    outcome: parsed(row.outcome),
    ownerId: row.owner_id as RefreshRecord['ownerId'],
    actor: row.actor,
  }
}

export function toRefreshRow(tenant: TenantId, refresh: RefreshRecord): RefreshRow {
  return {
    id: refresh.id,
    tenant,
    server_id: refresh.serverId,
    status: refresh.status,
    created_at: refresh.createdAt,
    started_at: refresh.startedAt,
    finished_at: refresh.finishedAt,
    error: jsonOrNull(refresh.error),
    outcome: JSON.stringify(refresh.outcome),
    owner_id: refresh.ownerId,
    actor: refresh.actor,
  }
}

const allKept: RunRecorded = Object.freeze({ args: 'KEEP', result: 'KEEP' })

export function fromRunRow(row: RunRow): RunRecord {
  return {
    // Written from a RunId, a ServerId, a ToolId, a JobStatus and an NodeId.
    id: row.id as RunRecord['id'],
    serverId: row.server_id as RunRecord['serverId'],
    serverName: row.server_name,
    toolId: row.tool_id as RunRecord['toolId'],
    toolName: row.tool_name,
    status: row.status as RunRecord['status'],
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: parsedOrNull(row.error),
    args: parsed(row.args),
    metadata: parsed(row.metadata),
    idempotencyKey: row.idempotency_key,
    argsDigest: row.args_digest,
    result: parsedOrNull(row.result),
    ownerId: row.owner_id as RunRecord['ownerId'],
    actor: row.actor,
    traceId: row.trace_id,
    recorded: row.recorded === null ? allKept : parsed(row.recorded),
  }
}

/** The columns that change while a run goes on; no index but one needs to follow. */
export function runStateColumns(run: RunRecord) {
  return {
    status: run.status,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    error: jsonOrNull(run.error),
    idempotency_key: run.idempotencyKey,
    result: jsonOrNull(run.result),
    owner_id: run.ownerId,
  }
}

export function toRunRow(tenant: TenantId, run: RunRecord): RunRow {
  return {
    id: run.id,
    tenant,
    server_id: run.serverId,
    server_name: run.serverName,
    tool_id: run.toolId,
    tool_name: run.toolName,
    created_at: run.createdAt,
    args: JSON.stringify(run.args),
    metadata: JSON.stringify(run.metadata),
    args_digest: run.argsDigest,
    actor: run.actor,
    trace_id: run.traceId,
    recorded: run.recorded.args === 'KEEP' && run.recorded.result === 'KEEP' ? null : JSON.stringify(run.recorded),
    ...runStateColumns(run),
  }
}

export function fromAuditRow(row: AuditRow): AuditRecord {
  return {
    // Written from an AuditEventId, an AuditAction and an ErrorCode.
    id: row.id as AuditRecord['id'],
    at: row.at,
    actor: row.actor,
    action: row.action as AuditRecord['action'],
    refusedWith: row.refused_with as AuditRecord['refusedWith'],
    targetId: row.target_id,
    targetName: row.target_name,
    fields: parsed(row.fields),
    count: row.count,
    firstAt: row.first_at ?? row.at,
    lastAt: row.last_at ?? row.at,
  }
}

export function toAuditRow(tenant: TenantId, event: AuditRecord): AuditRow {
  const { id, at, actor, action, refusedWith, targetId, targetName, fields, count, firstAt, lastAt } = event
  return {
    tenant,
    id,
    at,
    actor,
    action,
    refused_with: refusedWith,
    target_id: targetId,
    target_name: targetName,
    fields: JSON.stringify(fields),
    count,
    first_at: firstAt === at ? null : firstAt,
    last_at: lastAt === at ? null : lastAt,
  }
}

export function fromChildRow(row: ChildRow): ChildRecord {
  const { host, boot, pid, started_as, owner_pid, owner_started_as, recorded_at } = row
  const owner = { ownerPid: owner_pid, ownerStartedAs: owner_started_as }
  return { host, boot, pid, startedAs: started_as, ...owner, recordedAt: recorded_at }
}

export function toChildRow(child: ChildRecord): ChildRow {
  const { host, boot, pid, startedAs, ownerPid, ownerStartedAs, recordedAt } = child
  const owner = { owner_pid: ownerPid, owner_started_as: ownerStartedAs }
  return { host, boot, pid, started_as: startedAs, ...owner, recorded_at: recordedAt }
}

export function fromNodeRow(row: StoredNodeRow): StoredNode {
  const { process, opened_at, lapses_in } = row
  // Written from an NodeId.
  return { id: row.id as NodeId, process: parsedOrNull(process), openedAt: opened_at, lapsesInMs: lapses_in }
}

export function toNodeRow({ id, process, openedAt }: NodeRecord): Omit<NodeRow, 'expires_at'> {
  return { id, process: jsonOrNull(process), opened_at: openedAt }
}

export function fromSecretKeyRow(row: SecretKeyRow): SecretKeyRecord {
  return { id: row.id, masterKeyId: row.master_key_id, wrapped: row.wrapped, createdAt: row.created_at }
}

export function toSecretKeyRow(key: SecretKeyRecord): SecretKeyRow {
  return { id: key.id, master_key_id: key.masterKeyId, wrapped: key.wrapped, created_at: key.createdAt }
}
