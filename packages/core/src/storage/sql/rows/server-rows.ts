import type { TenantId } from '../../../base/ids.ts'
import { fromConfigText, toConfigText } from '../../../model/config-secrets.ts'
import type { ServerRecord, ServerState } from '../../../model/server.ts'
import { serverWords } from '../../../search/entry-words.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { ServerRow } from '../schema.ts'

export function fromServerRow(row: ServerRow): ServerRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    labels: fromJson(row.labels),
    config: fromConfigText(row.config),
    timeouts: fromJson(row.timeouts),
    protocolEra: row.protocol_era,
    approvalPolicy: row.approval_policy,
    inputPolicy: row.input_policy,
    refreshIntervalMs: row.refresh_interval_ms,
    toolChangePolicy: row.tool_change_policy,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    state: { status: row.status, ...fromJson(row.state) },
  }
}

export function stateColumns({ status, ...state }: ServerState) {
  return { status, state: toJson(state) }
}

export function toServerRow(tenant: TenantId, server: ServerRecord): ServerRow {
  return {
    id: server.id,
    tenant,
    name: server.name,
    description: server.description,
    enabled: server.enabled ? 1 : 0,
    labels: toJson(server.labels),
    transport: server.config.transport,
    config: toConfigText(server.config),
    timeouts: toJson(server.timeouts),
    protocol_era: server.protocolEra,
    refresh_interval_ms: server.refreshIntervalMs,
    tool_change_policy: server.toolChangePolicy,
    approval_policy: server.approvalPolicy,
    input_policy: server.inputPolicy,
    revision: server.revision,
    created_at: server.createdAt,
    updated_at: server.updatedAt,
    ...stateColumns(server.state),
    words: serverWords(server.name),
  }
}
