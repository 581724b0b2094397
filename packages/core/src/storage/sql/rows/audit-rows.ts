import type { TenantId } from '../../../base/ids.ts'
import type { AuditRecord } from '../../../model/audit-event.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { AuditRow } from '../schema.ts'

export function fromAuditRow(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    refusedWith: row.refused_with,
    targetId: row.target_id,
    targetName: row.target_name,
    fields: fromJson(row.fields),
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
    fields: toJson(fields),
    count,
    first_at: firstAt === at ? null : firstAt,
    last_at: lastAt === at ? null : lastAt,
  }
}
