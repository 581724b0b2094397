import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { TenantId } from '../../base/ids.ts'
import type {
  AuditFilter,
  AuditSort,
  PageQuery,
  PageRows,
  ReadLimit,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  StringFilter,
  ToolFilter,
  ToolSort,
} from '../../model/filters.ts'
import { type BoundedReads, type Compiled, columnsOf, createBoundedReads, type LongTable } from './bounded-rows.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlDialect } from './dialect.ts'
import type { MatchExpression } from './match-expression.ts'
import type { AuditRow, Database, RunRow, ServerRow, ToolRow } from './schema.ts'
import type { SqlValue } from './statement.ts'

type Table = 'servers' | 'tools' | 'runs' | 'audit_events'
type Condition = RawBuilder<SqlBool>

/** One list as a parameter: however long it is, the statement stays the same and under the limit of variables. */
function isIn({ listed }: SqlDialect, column: string, values: readonly string[]): Condition {
  const [only] = values
  // What is equal can be read in the order of an index; what is in a list has to be sorted.
  if (only !== undefined && values.length === 1) return sql<SqlBool>`${sql.ref(column)} = ${only}`
  return sql<SqlBool>`${sql.ref(column)} in (select value from ${listed(values)})`
}

/** position and substr take `%` and `_` as they are and tell case apart, unlike LIKE. */
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

function serverConditions(dialect: SqlDialect, filter: ServerFilter): Condition[] {
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

/** As the index of the tools that wait has it. */
function waitsForApproval(wanted: boolean): Condition {
  const waits = sql<SqlBool>`(approved = 0 or pending_definition is not null)`
  return wanted ? waits : sql<SqlBool>`not ${waits}`
}

function toolConditions(dialect: SqlDialect, filter: ToolFilter): Condition[] {
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

/** With the second condition, which follows from the first, the index of the runs that did not succeed serves. */
function runStatus(dialect: SqlDialect, statuses: NonNullable<RunFilter['status']>): Condition[] {
  const isAny = isIn(dialect, 'status', statuses)
  return statuses.includes('SUCCEEDED') ? [isAny] : [isAny, sql<SqlBool>`status <> 'SUCCEEDED'`]
}

function runConditions(dialect: SqlDialect, filter: RunFilter): Condition[] {
  const { gte, lt } = filter.createdAt ?? {}
  return [
    ...(filter.status ? runStatus(dialect, filter.status) : []),
    ...(filter.serverId ? [isIn(dialect, 'server_id', filter.serverId)] : []),
    ...(filter.toolId ? [isIn(dialect, 'tool_id', filter.toolId)] : []),
    ...(gte === undefined ? [] : [sql<SqlBool>`created_at >= ${gte}`]),
    ...(lt === undefined ? [] : [sql<SqlBool>`created_at < ${lt}`]),
  ]
}

function auditConditions(dialect: SqlDialect, { actor, action, targetId, refused, at }: AuditFilter): Condition[] {
  return [
    ...(actor === undefined ? [] : [sql<SqlBool>`actor = ${actor}`]),
    ...(action ? [isIn(dialect, 'action', action)] : []),
    ...(targetId === undefined ? [] : [sql<SqlBool>`target_id = ${targetId}`]),
    ...(refused === undefined ? [] : [sql<SqlBool>`refused_with is ${sql.raw(refused ? 'not null' : 'null')}`]),
    ...(at?.gte === undefined ? [] : [sql<SqlBool>`at >= ${at.gte}`]),
    ...(at?.lt === undefined ? [] : [sql<SqlBool>`at < ${at.lt}`]),
  ]
}

const columns = {
  servers: { NAME: 'name', CREATED_AT: 'created_at', UPDATED_AT: 'updated_at' } satisfies Record<ServerSort, string>,
  tools: { NAME: 'name', FIRST_SEEN_AT: 'first_seen_at' } satisfies Record<ToolSort, string>,
  runs: { CREATED_AT: 'created_at' } satisfies Record<RunSort, string>,
  audit: { AT: 'at' } satisfies Record<AuditSort, string>,
}

interface Keyset {
  readonly order: RawBuilder<unknown>
  readonly beyond: Condition[]
}

function keyset(column: string, { direction, beyond }: PageQuery<unknown, string>): Keyset {
  const way = sql.raw(direction === 'ASC' ? 'asc' : 'desc')
  const than = sql.raw(direction === 'ASC' ? '>' : '<')
  return {
    order: sql`${sql.ref(column)} ${way}, ${sql.ref('id')} ${way}`,
    // A row value is compared as a whole, which the index on (column, id) serves.
    beyond: beyond
      ? [sql<SqlBool>`(${sql.ref(column)}, ${sql.ref('id')}) ${than} (${beyond.value}, ${beyond.id})`]
      : [],
  }
}

/** What is ranked of a tool that the index has found. */
export interface HitRow {
  readonly id: string
  readonly name: string
  readonly words: string
  readonly server_words: string
}

/** Filters, orders and keyset pages of what a tenant has, composed by Kysely. */
export function createPages(
  db: Kysely<Database>,
  { all: select, dialect }: Pick<SqlConnection, 'all' | 'dialect'>,
  tenantId: TenantId,
  readLimit: () => ReadLimit | undefined,
) {
  const all = (conditions: readonly Condition[]): RawBuilder<SqlBool> =>
    sql<SqlBool>`${sql.join([sql`tenant = ${tenantId}`, ...conditions], sql` and `)}`

  function compiled(query: RawBuilder<unknown>): Compiled {
    const { sql: text, parameters } = query.compile(db)
    // The conditions above have texts and numbers for parameters.
    return { sql: text, parameters: parameters as readonly SqlValue[] }
  }

  async function rows<Row>(query: RawBuilder<Row>, plan?: 'PLAN_ANEW'): Promise<readonly Row[]> {
    const { sql: text, parameters } = compiled(query)
    return select<Row>(text, parameters, plan)
  }

  let known: { readonly limit: ReadLimit; readonly reads: BoundedReads } | undefined
  function bounded(): BoundedReads | undefined {
    const limit = readLimit()
    if (limit && limit !== known?.limit) known = { limit, reads: createBoundedReads(select, dialect, limit) }
    return known?.reads
  }

  async function page<Row>(
    table: Table,
    column: string,
    conditions: Condition[],
    query: PageQuery<unknown, string>,
  ): Promise<PageRows<Row>> {
    const { order, beyond } = keyset(column, query)
    const where = all([...conditions, ...beyond])
    const asked = sql<Row>`select ${columnsOf(query)} from ${sql.table(table)} where ${where} order by ${order}`
    const reads = query.mayEndEarly && table !== 'audit_events' ? bounded() : undefined
    if (!reads || table === 'audit_events') return rows(sql<Row>`${asked} limit ${query.limit}`)
    return reads.page(table, compiled(asked), query.limit)
  }

  /** The page of each parent, in one statement: rows are numbered within their parent. */
  function pagePerParent<Row extends { readonly id: string }>(
    table: LongTable,
    parent: string,
    parentIds: readonly string[],
    column: string,
    conditions: Condition[],
    query: PageQuery<unknown, string>,
  ) {
    const { order, beyond } = keyset(column, query)
    const where = all([isIn(dialect, parent, parentIds), ...conditions, ...beyond])
    const numbered = sql`select ${columnsOf(query)}, row_number() over (partition by ${sql.ref(parent)} order by ${order}) as place from ${sql.table(table)} where ${where}`
    const first = sql`select * from (${numbered}) as numbered where place <= ${query.limit}`
    return whole<Row>(table, first, `${parent}, place`)
  }

  function whole<Row extends { readonly id: string }>(table: LongTable, asked: RawBuilder<unknown>, order: string) {
    const reads = bounded()
    return reads ? reads.whole<Row>(table, compiled(asked), order) : rows(sql<Row>`${asked} order by ${sql.raw(order)}`)
  }

  /** From the ids to their rows, never through all that the tenant has. */
  function byIds<Row extends { readonly id: string }>(table: LongTable, ids: readonly string[], isBounded: boolean) {
    const name = sql.table(table)
    const asked = sql<Row>`select ${name}.* from (select distinct value from ${dialect.listed(ids)}) as wanted
      cross join ${name} where ${name}.id = wanted.value and ${name}.tenant = ${tenantId}`
    if (!isBounded || ids.length < 2) return rows(asked)
    return whole<Row>(table, asked, 'id')
  }

  async function count(table: Table, conditions: Condition[]): Promise<number> {
    const [row] = await rows(sql<{ n: number }>`select count(*) as n from ${sql.table(table)} where ${all(conditions)}`)
    return row?.n ?? 0
  }

  async function countPerParent(table: Table, parent: string, ids: readonly string[], conditions: Condition[]) {
    const where = all([isIn(dialect, parent, ids), ...conditions])
    const counts = await rows(sql<{ id: string; n: number }>`
      select ${sql.ref(parent)} as id, count(*) as n from ${sql.table(table)} where ${where} group by ${sql.ref(parent)}`)
    return new Map(counts.map(({ id, n }) => [id, n]))
  }

  return {
    byIds,
    servers: (query: PageQuery<ServerFilter, ServerSort>) =>
      page<ServerRow>('servers', columns.servers[query.sort], serverConditions(dialect, query.filter), query),
    serverCount: (filter: ServerFilter) => count('servers', serverConditions(dialect, filter)),
    tools: (query: PageQuery<ToolFilter, ToolSort>) =>
      page<ToolRow>('tools', columns.tools[query.sort], toolConditions(dialect, query.filter), query),
    toolCount: (filter: ToolFilter) => count('tools', toolConditions(dialect, filter)),
    toolsByServer: (ids: readonly string[], query: PageQuery<ToolFilter, ToolSort>) =>
      pagePerParent<ToolRow>(
        'tools',
        'server_id',
        ids,
        columns.tools[query.sort],
        toolConditions(dialect, query.filter),
        query,
      ),
    toolCounts: (ids: readonly string[], filter: ToolFilter) =>
      countPerParent('tools', 'server_id', ids, toolConditions(dialect, filter)),
    /** At most `limit` of what the index has found. */
    toolHits(expression: MatchExpression, filter: ToolFilter, limit: number) {
      const words = sql`(select servers.words from servers where servers.id = tools.server_id)`
      return rows(
        sql<HitRow>`select id, name, words, ${words} as server_words from ${dialect.found(expression)}
          where ${all(toolConditions(dialect, filter))} limit ${limit}`,
        'PLAN_ANEW',
      )
    },
    /** Of all, or `limit`. */
    async toolHitCount(expression: MatchExpression, filter: ToolFilter, limit?: number): Promise<number> {
      const where = all(toolConditions(dialect, filter))
      const hits = sql`select 1 from ${dialect.found(expression)} where ${where}`
      const some = limit === undefined ? hits : sql`${hits} limit ${limit}`
      const [row] = await rows(sql<{ n: number }>`select count(*) as n from (${some}) as counted`, 'PLAN_ANEW')
      return row?.n ?? 0
    },
    runs: (query: PageQuery<RunFilter, RunSort>) =>
      page<RunRow>('runs', columns.runs[query.sort], runConditions(dialect, query.filter), query),
    runCount: (filter: RunFilter) => count('runs', runConditions(dialect, filter)),
    runsBy: (parent: 'server_id' | 'tool_id', ids: readonly string[], query: PageQuery<RunFilter, RunSort>) =>
      pagePerParent<RunRow>('runs', parent, ids, columns.runs[query.sort], runConditions(dialect, query.filter), query),
    audit: (query: PageQuery<AuditFilter, AuditSort>) =>
      page<AuditRow>('audit_events', columns.audit[query.sort], auditConditions(dialect, query.filter), query),
    auditCount: (filter: AuditFilter) => count('audit_events', auditConditions(dialect, filter)),
    runCounts: (parent: 'server_id' | 'tool_id', ids: readonly string[], filter: RunFilter) =>
      countPerParent('runs', parent, ids, runConditions(dialect, filter)),
  }
}
