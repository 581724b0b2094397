import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type {
  AuditFilter,
  FeatureFilter,
  RunFilter,
  ServerFilter,
  StringFilter,
  ToolFilter,
} from '../../../model/filters.ts'
import type { SqlDialect } from '../dialect.ts'

export type Condition = RawBuilder<SqlBool>

/** Passes a list as one parameter: however long it is, the statement stays the same and under the limit of variables. */
export function isIn({ listed }: SqlDialect, column: string, values: readonly string[]): Condition {
  const [only] = values
  // Equal rows are read in the order of an index; rows in a list have to be sorted.
  if (only !== undefined && values.length === 1) return sql<SqlBool>`${sql.ref(column)} = ${only}`
  return sql<SqlBool>`${sql.ref(column)} in (select value from ${listed(values)})`
}

/** Unlike LIKE, position and substr take `%` and `_` as they are and respect case. */
function stringConditions(
  { listed, position }: SqlDialect,
  column: RawBuilder<string>,
  filter: StringFilter | undefined,
): Condition[] {
  const { eq, in: oneOf, contains, startsWith } = filter ?? {}
  return [
    ...(eq === undefined ? [] : [sql<SqlBool>`${column} = ${eq}`]),
    ...(oneOf === undefined ? [] : [sql<SqlBool>`${column} in (select value from ${listed(oneOf)})`]),
    ...(contains === undefined ? [] : [sql<SqlBool>`${position(column, contains)} > 0`]),
    ...(startsWith === undefined ? [] : [sql<SqlBool>`substr(${column}, 1, length(${startsWith})) = ${startsWith}`]),
  ]
}

function flag(column: string, wanted: boolean | undefined): Condition[] {
  return wanted === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} = ${wanted ? 1 : 0}`]
}

export function serverConditions(dialect: SqlDialect, filter: ServerFilter): Condition[] {
  const label = stringConditions(dialect, sql<string>`label.value`, filter.label)
  return [
    ...stringConditions(dialect, sql.ref('name'), filter.name),
    ...(filter.transport ? [isIn(dialect, 'transport', filter.transport)] : []),
    ...(filter.status ? [isIn(dialect, 'status', filter.status)] : []),
    ...(filter.label
      ? [
          sql<SqlBool>`exists (select 1 from ${dialect.itemsOf('labels')} as label where ${sql.join([sql`1 = 1`, ...label], sql` and `)})`,
        ]
      : []),
    ...flag('enabled', filter.enabled),
  ]
}

/** Worded as the index of tools that wait for approval. */
function waitsForApproval(wanted: boolean): Condition {
  const waits = sql<SqlBool>`(approved = 0 or pending_definition is not null)`
  return wanted ? waits : sql<SqlBool>`not ${waits}`
}

export function toolConditions(dialect: SqlDialect, filter: ToolFilter): Condition[] {
  return [
    ...stringConditions(dialect, sql.ref('name'), filter.name),
    ...(filter.serverId ? [isIn(dialect, 'server_id', filter.serverId)] : []),
    ...flag('enabled', filter.enabled),
    ...flag('read_only', filter.readOnly),
    ...flag('destructive', filter.destructive),
    ...(filter.quarantined === undefined ? [] : [waitsForApproval(filter.quarantined)]),
    ...(filter.includeRemoved ? [] : [sql<SqlBool>`removed_at is null`]),
  ]
}

export function featureConditions(dialect: SqlDialect, filter: FeatureFilter): Condition[] {
  return [
    sql<SqlBool>`kind = ${filter.kind}`,
    ...stringConditions(dialect, sql.ref('identifier'), filter.identifier),
    ...stringConditions(dialect, sql.ref('name'), filter.name),
    ...stringConditions(dialect, sql.ref('mime_type'), filter.mimeType),
    ...(filter.mimeType ? [sql<SqlBool>`mime_type is not null`] : []),
    ...(filter.serverId ? [isIn(dialect, 'server_id', filter.serverId)] : []),
    ...(filter.includeRemoved ? [] : [sql<SqlBool>`removed_at is null`]),
  ]
}

/** Adds a condition that follows from the first, so that the index of unsuccessful runs serves. */
function runStatus(dialect: SqlDialect, statuses: NonNullable<RunFilter['status']>): Condition[] {
  const isAny = isIn(dialect, 'status', statuses)
  return statuses.includes('SUCCEEDED') ? [isAny] : [isAny, sql<SqlBool>`status <> 'SUCCEEDED'`]
}

export function runConditions(dialect: SqlDialect, filter: RunFilter): Condition[] {
  const { gte, lt } = filter.createdAt ?? {}
  return [
    ...(filter.status ? runStatus(dialect, filter.status) : []),
    ...(filter.serverId ? [isIn(dialect, 'server_id', filter.serverId)] : []),
    ...(filter.toolId ? [isIn(dialect, 'tool_id', filter.toolId)] : []),
    ...(gte === undefined ? [] : [sql<SqlBool>`created_at >= ${gte}`]),
    ...(lt === undefined ? [] : [sql<SqlBool>`created_at < ${lt}`]),
  ]
}

export function auditConditions(
  dialect: SqlDialect,
  { actor, action, targetId, refused, at }: AuditFilter,
): Condition[] {
  return [
    ...(actor === undefined ? [] : [sql<SqlBool>`actor = ${actor}`]),
    ...(action ? [isIn(dialect, 'action', action)] : []),
    ...(targetId === undefined ? [] : [sql<SqlBool>`target_id = ${targetId}`]),
    ...(refused === undefined ? [] : [sql<SqlBool>`refused_with is ${sql.raw(refused ? 'not null' : 'null')}`]),
    ...(at?.gte === undefined ? [] : [sql<SqlBool>`at >= ${at.gte}`]),
    ...(at?.lt === undefined ? [] : [sql<SqlBool>`at < ${at.lt}`]),
  ]
}
