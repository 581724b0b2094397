import { compareText } from '../base/compare-text.ts'
import { toolHints } from '../model/approval.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import type { FeatureRecord } from '../model/feature.ts'
import type {
  AuditFilter,
  FeatureFilter,
  RunFilter,
  ServerFilter,
  SortKey,
  StringFilter,
  ToolFilter,
} from '../model/filters.ts'
import type { RunRecord } from '../model/job.ts'
import type { ServerRecord } from '../model/server.ts'
import type { ToolRecord } from '../model/tool.ts'

function matchesString(filter: StringFilter | undefined, value: string): boolean {
  if (!filter) return true
  const { eq, in: oneOf, contains, startsWith } = filter
  return (
    (eq === undefined || value === eq) &&
    (oneOf === undefined || oneOf.includes(value)) &&
    (contains === undefined || value.includes(contains)) &&
    (startsWith === undefined || value.startsWith(startsWith))
  )
}

function isIn<T>(values: readonly T[] | undefined, value: T): boolean {
  return values === undefined || values.includes(value)
}

export function matchesServer(filter: ServerFilter, server: ServerRecord): boolean {
  return (
    matchesString(filter.name, server.name) &&
    isIn(filter.transport, server.config.transport) &&
    isIn(filter.status, server.state.status) &&
    (filter.label === undefined || server.labels.some((label) => matchesString(filter.label, label))) &&
    (filter.enabled === undefined || server.enabled === filter.enabled)
  )
}

export function matchesTool(filter: ToolFilter, tool: ToolRecord): boolean {
  const { readOnly, destructive } = toolHints(tool.definition)
  return (
    matchesString(filter.name, tool.definition.name) &&
    isIn(filter.serverId, tool.serverId) &&
    (filter.enabled === undefined || tool.settings.enabled === filter.enabled) &&
    (filter.readOnly === undefined || readOnly === filter.readOnly) &&
    (filter.destructive === undefined || destructive === filter.destructive) &&
    (filter.quarantined === undefined || (tool.quarantine !== null) === filter.quarantined) &&
    (filter.includeRemoved === true || tool.removedAt === null)
  )
}

export function matchesFeature(filter: FeatureFilter, { definition, ...feature }: FeatureRecord): boolean {
  const mimeType = 'mimeType' in definition ? definition.mimeType : undefined
  return (
    feature.kind === filter.kind &&
    matchesString(filter.identifier, feature.identifier) &&
    matchesString(filter.name, definition.name) &&
    // As in SQL: what has no type matches no filter of types.
    (filter.mimeType === undefined || (mimeType !== undefined && matchesString(filter.mimeType, mimeType))) &&
    isIn(filter.serverId, feature.serverId) &&
    (filter.includeRemoved === true || feature.removedAt === null)
  )
}

export function matchesRun(filter: RunFilter, run: RunRecord): boolean {
  const { gte, lt } = filter.createdAt ?? {}
  return (
    isIn(filter.status, run.status) &&
    isIn(filter.serverId, run.serverId) &&
    isIn(filter.toolId, run.toolId) &&
    (gte === undefined || run.createdAt >= gte) &&
    (lt === undefined || run.createdAt < lt)
  )
}

export function matchesAudit({ actor, action, targetId, refused, at }: AuditFilter, event: AuditRecord): boolean {
  return (
    (actor === undefined || event.actor === actor) &&
    isIn(action, event.action) &&
    (targetId === undefined || event.targetId === targetId) &&
    (refused === undefined || (event.refusedWith !== null) === refused) &&
    (at?.gte === undefined || event.at >= at.gte) &&
    (at?.lt === undefined || event.at < at.lt)
  )
}

export function compareKeys(a: SortKey, b: SortKey): number {
  const byValue =
    typeof a.value === 'number' && typeof b.value === 'number'
      ? a.value - b.value
      : compareText(String(a.value), String(b.value))
  return byValue !== 0 ? byValue : compareText(a.id, b.id)
}
