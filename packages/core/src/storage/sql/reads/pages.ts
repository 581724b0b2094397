// Longer than other files: the pages of all kinds of rows, which share their keys and conditions.
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { TenantId, ToolId } from '../../../base/ids.ts'
import type { FeatureId } from '../../../model/feature.ts'
import type {
  AuditFilter,
  AuditSort,
  FeatureFilter,
  FeatureSort,
  PageQuery,
  PageRows,
  ReadLimit,
  RefreshSort,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  ToolFilter,
  ToolSort,
} from '../../../model/filters.ts'
import type { SqlConnection } from '../connection.ts'
import type { SearchIndex } from '../dialect.ts'
import type { MatchExpression } from '../match-expression.ts'
import type { AuditRow, Database, FeatureRow, RefreshRow, RunRow, ServerRow, ToolRow } from '../schema.ts'
import type { SqlValue } from '../statement.ts'
import { type BoundedReads, type Compiled, columnsOf, createBoundedReads, type LongTable } from './bounded-rows.ts'
import {
  auditConditions,
  type Condition,
  featureConditions,
  isIn,
  runConditions,
  serverConditions,
  toolConditions,
} from './conditions.ts'

type Table = 'servers' | 'tools' | 'features' | 'refreshes' | 'runs' | 'audit_events'

const columns = {
  servers: { NAME: 'name', CREATED_AT: 'created_at', UPDATED_AT: 'updated_at' } satisfies Record<ServerSort, string>,
  tools: { NAME: 'name', FIRST_SEEN_AT: 'first_seen_at' } satisfies Record<ToolSort, string>,
  features: { NAME: 'name' } satisfies Record<FeatureSort, string>,
  // Ids sort by time, and the index on (tenant, server_id, id) serves them.
  refreshes: { CREATED_AT: 'id' } satisfies Record<RefreshSort, string>,
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

/** The columns of a found entry that a search ranks. */
export interface HitRow<Id extends string> {
  readonly id: Id
  readonly name: string
  readonly words: string
  readonly server_words: string
}

export interface PagesDeps {
  readonly db: Kysely<Database>
  readonly connection: Pick<SqlConnection, 'all' | 'dialect'>
  readonly readLimit: () => ReadLimit | undefined
}

/** Filters, orders and keyset pages over the data of a tenant, composed by Kysely. */
export class Pages {
  readonly #deps: PagesDeps
  readonly #tenantId: TenantId
  #bounded: { readonly limit: ReadLimit; readonly reads: BoundedReads } | undefined

  constructor(deps: PagesDeps, tenantId: TenantId) {
    this.#deps = deps
    this.#tenantId = tenantId
  }

  /** From the ids to their rows, never through all rows of the tenant. */
  byIds<Row extends { readonly id: string }>(table: LongTable, ids: readonly string[], isBounded: boolean) {
    const name = sql.table(table)
    const asked = sql<Row>`select ${name}.* from (select distinct value from ${this.#dialect.listed(ids)}) as wanted
      cross join ${name} where ${name}.id = wanted.value and ${name}.tenant = ${this.#tenantId}`
    if (!isBounded || ids.length < 2) return this.#rows(asked)
    return this.#whole<Row>(table, asked, 'id')
  }

  servers(query: PageQuery<ServerFilter, ServerSort>) {
    const conditions = serverConditions(this.#dialect, query.filter)
    return this.#page<ServerRow>('servers', columns.servers[query.sort], conditions, query)
  }

  serverCount(filter: ServerFilter): Promise<number> {
    return this.#count('servers', serverConditions(this.#dialect, filter))
  }

  tools(query: PageQuery<ToolFilter, ToolSort>) {
    const conditions = toolConditions(this.#dialect, query.filter)
    return this.#page<ToolRow>('tools', columns.tools[query.sort], conditions, query)
  }

  toolCount(filter: ToolFilter): Promise<number> {
    return this.#count('tools', toolConditions(this.#dialect, filter))
  }

  toolsByServer(ids: readonly string[], query: PageQuery<ToolFilter, ToolSort>) {
    const conditions = toolConditions(this.#dialect, query.filter)
    return this.#pagePerParent<ToolRow>('tools', 'server_id', ids, columns.tools[query.sort], conditions, query)
  }

  toolCounts<Id extends string>(ids: readonly Id[], filter: ToolFilter) {
    return this.#countPerParent('tools', 'server_id', ids, toolConditions(this.#dialect, filter))
  }

  features(query: PageQuery<FeatureFilter, FeatureSort>) {
    const conditions = featureConditions(this.#dialect, query.filter)
    return this.#page<FeatureRow>('features', columns.features[query.sort], conditions, query)
  }

  featureCount(filter: FeatureFilter): Promise<number> {
    return this.#count('features', featureConditions(this.#dialect, filter))
  }

  featuresByServer(ids: readonly string[], query: PageQuery<FeatureFilter, FeatureSort>) {
    const conditions = featureConditions(this.#dialect, query.filter)
    return this.#pagePerParent<FeatureRow>(
      'features',
      'server_id',
      ids,
      columns.features[query.sort],
      conditions,
      query,
    )
  }

  featureCounts<Id extends string>(ids: readonly Id[], filter: FeatureFilter) {
    return this.#countPerParent('features', 'server_id', ids, featureConditions(this.#dialect, filter))
  }

  /** At most `limit` of the tools that the index finds. */
  toolHits(expression: MatchExpression, filter: ToolFilter, limit: number) {
    const words = sql`(select servers.words from servers where servers.id = tools.server_id)`
    const found = this.#dialect.found(expression, 'FROM_INDEX')
    const where = this.#all(toolConditions(this.#dialect, filter))
    const asked = sql<
      HitRow<ToolId>
    >`select id, name, words, ${words} as server_words from ${found} where ${where} limit ${limit}`
    return this.#rows(asked, 'PLAN_ANEW')
  }

  /** Counts what the index finds. */
  toolHitCount(expression: MatchExpression, filter: ToolFilter): Promise<number> {
    const where = this.#all(toolConditions(this.#dialect, filter))
    return this.#countHits(sql`select 1 from ${this.#dialect.found(expression, 'ANY')} where ${where}`)
  }

  /** Whether an index finds fewer than `limit`, removed entries included. */
  async isRare(index: SearchIndex, expression: MatchExpression, limit: number): Promise<boolean> {
    const hits = sql`select 1 from ${this.#dialect.hits(index, expression)} limit ${limit}`
    return (await this.#countHits(hits)) < limit
  }

  async #countHits(hits: RawBuilder<unknown>): Promise<number> {
    const [row] = await this.#rows(sql<{ n: number }>`select count(*) as n from (${hits}) as counted`, 'PLAN_ANEW')
    return row?.n ?? 0
  }

  /** As `toolHits`, of resources, templates or prompts. */
  featureHits(expression: MatchExpression, filter: FeatureFilter, limit: number) {
    const words = sql`(select servers.words from servers where servers.id = features.server_id)`
    const found = this.#dialect.foundFeatures(expression, 'FROM_INDEX')
    const where = this.#all(featureConditions(this.#dialect, filter))
    const asked = sql<
      HitRow<FeatureId>
    >`select id, name, hit_words as words, ${words} as server_words from ${found} where ${where} limit ${limit}`
    return this.#rows(asked, 'PLAN_ANEW')
  }

  featureHitCount(expression: MatchExpression, filter: FeatureFilter): Promise<number> {
    const where = this.#all(featureConditions(this.#dialect, filter))
    return this.#countHits(sql`select 1 from ${this.#dialect.foundFeatures(expression, 'ANY')} where ${where}`)
  }

  runs(query: PageQuery<RunFilter, RunSort>) {
    const conditions = runConditions(this.#dialect, query.filter)
    return this.#page<RunRow>('runs', columns.runs[query.sort], conditions, query)
  }

  runCount(filter: RunFilter): Promise<number> {
    return this.#count('runs', runConditions(this.#dialect, filter))
  }

  runsBy(parent: 'server_id' | 'tool_id', ids: readonly string[], query: PageQuery<RunFilter, RunSort>) {
    const conditions = runConditions(this.#dialect, query.filter)
    return this.#pagePerParent<RunRow>('runs', parent, ids, columns.runs[query.sort], conditions, query)
  }

  runCounts<Id extends string>(parent: 'server_id' | 'tool_id', ids: readonly Id[], filter: RunFilter) {
    return this.#countPerParent('runs', parent, ids, runConditions(this.#dialect, filter))
  }

  refreshesOf(serverId: string, query: PageQuery<unknown, RefreshSort>) {
    const conditions = [isIn(this.#dialect, 'server_id', [serverId])]
    return this.#page<RefreshRow>('refreshes', columns.refreshes[query.sort], conditions, query)
  }

  refreshesByServer(ids: readonly string[], query: PageQuery<unknown, RefreshSort>) {
    return this.#pagePerParent<RefreshRow>('refreshes', 'server_id', ids, columns.refreshes[query.sort], [], query)
  }

  refreshCounts<Id extends string>(ids: readonly Id[]) {
    return this.#countPerParent('refreshes', 'server_id', ids, [])
  }

  audit(query: PageQuery<AuditFilter, AuditSort>) {
    const conditions = auditConditions(this.#dialect, query.filter)
    return this.#page<AuditRow>('audit_events', columns.audit[query.sort], conditions, query)
  }

  auditCount(filter: AuditFilter): Promise<number> {
    return this.#count('audit_events', auditConditions(this.#dialect, filter))
  }

  get #dialect() {
    return this.#deps.connection.dialect
  }

  #all(conditions: readonly Condition[]): Condition {
    return sql<SqlBool>`${sql.join([sql`tenant = ${this.#tenantId}`, ...conditions], sql` and `)}`
  }

  #compiled(query: RawBuilder<unknown>): Compiled {
    const { sql: text, parameters } = query.compile(this.#deps.db)
    // The conditions have texts and numbers for parameters.
    return { sql: text, parameters: parameters as readonly SqlValue[] }
  }

  #rows<Row>(query: RawBuilder<Row>, plan?: 'PLAN_ANEW'): Promise<readonly Row[]> {
    const { sql: text, parameters } = this.#compiled(query)
    return this.#deps.connection.all<Row>(text, parameters, plan)
  }

  #boundedReads(): BoundedReads | undefined {
    const { readLimit, connection } = this.#deps
    const limit = readLimit()
    if (limit && limit !== this.#bounded?.limit) {
      this.#bounded = { limit, reads: createBoundedReads(connection.all, connection.dialect, limit) }
    }
    return this.#bounded?.reads
  }

  async #page<Row>(
    table: Table,
    column: string,
    conditions: Condition[],
    query: PageQuery<unknown, string>,
  ): Promise<PageRows<Row>> {
    const { order, beyond } = keyset(column, query)
    const where = this.#all([...conditions, ...beyond])
    const asked = sql<Row>`select ${columnsOf(query)} from ${sql.table(table)} where ${where} order by ${order}`
    const reads = query.mayEndEarly && table !== 'audit_events' ? this.#boundedReads() : undefined
    if (!reads || table === 'audit_events') return this.#rows(sql<Row>`${asked} limit ${query.limit}`)
    return reads.page(table, this.#compiled(asked), query.limit)
  }

  /** The page of each parent, in one statement: rows are numbered within their parent. */
  #pagePerParent<Row extends { readonly id: string }>(
    table: LongTable,
    parent: string,
    parentIds: readonly string[],
    column: string,
    conditions: Condition[],
    query: PageQuery<unknown, string>,
  ) {
    const { order, beyond } = keyset(column, query)
    const where = this.#all([isIn(this.#dialect, parent, parentIds), ...conditions, ...beyond])
    const numbered = sql`select ${columnsOf(query)}, row_number() over (partition by ${sql.ref(parent)} order by ${order}) as place from ${sql.table(table)} where ${where}`
    const first = sql`select * from (${numbered}) as numbered where place <= ${query.limit}`
    return this.#whole<Row>(table, first, `${parent}, place`)
  }

  #whole<Row extends { readonly id: string }>(table: LongTable, asked: RawBuilder<unknown>, order: string) {
    const reads = this.#boundedReads()
    if (reads) return reads.whole<Row>(table, this.#compiled(asked), order)
    return this.#rows(sql<Row>`${asked} order by ${sql.raw(order)}`)
  }

  async #count(table: Table, conditions: Condition[]): Promise<number> {
    const where = this.#all(conditions)
    const [row] = await this.#rows(sql<{ n: number }>`select count(*) as n from ${sql.table(table)} where ${where}`)
    return row?.n ?? 0
  }

  async #countPerParent<Id extends string>(
    table: Table,
    parent: string,
    ids: readonly Id[],
    conditions: Condition[],
  ): Promise<ReadonlyMap<Id, number>> {
    const where = this.#all([isIn(this.#dialect, parent, ids), ...conditions])
    const counts = await this.#rows(sql<{ id: Id; n: number }>`
      select ${sql.ref(parent)} as id, count(*) as n from ${sql.table(table)} where ${where} group by ${sql.ref(parent)}`)
    return new Map(counts.map(({ id, n }) => [id, n]))
  }
}
