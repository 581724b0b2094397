import type { TenantId } from '../../../base/ids.ts'
import type { RefreshRecord, RunRecord, RunRecorded } from '../../../model/job.ts'
import { fromJson, fromJsonOrNull, toJson, toJsonOrNull } from '../json-column.ts'
import type { RefreshRow, RunRow } from '../schema.ts'

export function fromRefreshRow(row: RefreshRow): RefreshRecord {
  return {
    id: row.id,
    serverId: row.server_id,
    status: row.status,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: fromJsonOrNull(row.error),
    outcome: fromJson(row.outcome),
    ownerId: row.owner_id,
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
    error: toJsonOrNull(refresh.error),
    outcome: toJson(refresh.outcome),
    owner_id: refresh.ownerId,
    actor: refresh.actor,
  }
}

const allKept: RunRecorded = Object.freeze({ args: 'KEEP', result: 'KEEP' })

export function fromRunRow(row: RunRow): RunRecord {
  const approval = fromJsonOrNull(row.approval)
  const input = fromJsonOrNull(row.input)
  return {
    ...(approval ? { approval } : {}),
    ...(input ? { input } : {}),
    id: row.id,
    serverId: row.server_id,
    serverName: row.server_name,
    toolId: row.tool_id,
    toolName: row.tool_name,
    status: row.status,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: fromJsonOrNull(row.error),
    args: fromJson(row.args),
    metadata: fromJson(row.metadata),
    idempotencyKey: row.idempotency_key,
    argsDigest: row.args_digest,
    result: fromJsonOrNull(row.result),
    ownerId: row.owner_id,
    actor: row.actor,
    traceId: row.trace_id,
    retriedFrom: row.retried_from,
    recorded: row.recorded === null ? allKept : fromJson(row.recorded),
  }
}

/** The columns that change while a run goes on, but for `approval` and `input`. All but one are in no index. */
export function runStateColumns(run: RunRecord) {
  return {
    status: run.status,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    error: toJsonOrNull(run.error),
    idempotency_key: run.idempotencyKey,
    result: toJsonOrNull(run.result),
    owner_id: run.ownerId,
  }
}

/** Without `approval` and `input`, which few runs have: a write of its own sets them. */
export function toRunRow(tenant: TenantId, run: RunRecord): Omit<RunRow, 'approval' | 'input'> {
  return {
    id: run.id,
    tenant,
    server_id: run.serverId,
    server_name: run.serverName,
    tool_id: run.toolId,
    tool_name: run.toolName,
    created_at: run.createdAt,
    args: toJson(run.args),
    metadata: toJson(run.metadata),
    args_digest: run.argsDigest,
    actor: run.actor,
    trace_id: run.traceId,
    retried_from: run.retriedFrom,
    recorded: run.recorded.args === 'KEEP' && run.recorded.result === 'KEEP' ? null : toJson(run.recorded),
    ...runStateColumns(run),
  }
}
