import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely'
import type {
  PageQuery,
  RunFilter,
  RunSort,
  ServerFilter,
  ServerSort,
  StringFilter,
  ToolFilter,
  ToolSort,
} from '../storage.ts'
import type { Database, RunRow, ServerRow, ToolRow } from './schema.ts'

type Table = 'servers' | 'tools' | 'runs'
type Condition = RawBuilder<SqlBool>

/** One list as a parameter: however long it is, the statement stays the same and under the limit of variables. */
function isIn(column: string, values: readonly string[]): Condition {
  return sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`
}

/** instr and substr take `%` and `_` as they are and tell case apart, unlike LIKE. */
function stringConditions(column: RawBuilder<string>, filter: StringFilter | undefined): Condition[] {
  const { eq, in: oneOf, contains, startsWith } = filter ?? {}
  return [
    ...(eq === undefined ? [] : [sql<SqlBool>`${column} = ${eq}`]),
    ...(oneOf === undefined
      ? []
      : [sql<SqlBool>`${column} in (select value from json_each(${JSON.stringify(oneOf)}))`]),
    ...(contains === undefined ? [] : [sql<SqlBool>`instr(${column}, ${contains}) > 0`]),
    ...(startsWith === undefined ? [] : [sql<SqlBool>`substr(${column}, 1, length(${startsWith})) = ${startsWith}`]),
  ]
}

function flag(column: string, wanted: boolean | undefined): Condition[] {
  return wanted === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} = ${wanted ? 1 : 0}`]
}

function serverConditions(filter: ServerFilter): Condition[] {
  const label = stringConditions(sql<string>`label.value`, filter.label)
  return [
    ...stringConditions(sql.ref('name'), filter.name),
    ...(filter.transport ? [isIn('transport', filter.transport)] : []),
    ...(filter.status ? [isIn('status', filter.status)] : []),
    ...(filter.label
      ? [
          sql<SqlBool>`exists (select 1 from json_each(labels) as label where ${sql.join([sql`1 = 1`, ...label], sql` and `)})`,
        ]
      : []),
    ...flag('enabled', filter.enabled),
  ]
}

function toolConditions(filter: ToolFilter): Condition[] {
  return [
    ...stringConditions(sql.ref('name'), filter.name),
    ...(filter.serverId ? [isIn('server_id', filter.serverId)] : []),
    ...flag('enabled', filter.enabled),
    ...flag('read_only', filter.readOnly),
    ...flag('destructive', filter.destructive),
    ...(filter.includeRemoved ? [] : [sql<SqlBool>`removed_at is null`]),
  ]
}

function runConditions(filter: RunFilter): Condition[] {
  const { gte, lt } = filter.createdAt ?? {}
  return [
    ...(filter.status ? [isIn('status', filter.status)] : []),
    ...(filter.serverId ? [isIn('server_id', filter.serverId)] : []),
    ...(filter.toolId ? [isIn('tool_id', filter.toolId)] : []),
    ...(gte === undefined ? [] : [sql<SqlBool>`created_at >= ${gte}`]),
    ...(lt === undefined ? [] : [sql<SqlBool>`created_at < ${lt}`]),
  ]
}

const columns = {
  servers: { NAME: 'name', CREATED_AT: 'created_at', UPDATED_AT: 'updated_at' } satisfies Record<ServerSort, string>,
  tools: { NAME: 'name', FIRST_SEEN_AT: 'first_seen_at' } satisfies Record<ToolSort, string>,
  runs: { CREATED_AT: 'created_at' } satisfies Record<RunSort, string>,
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

function all(conditions: readonly Condition[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.join([sql`1 = 1`, ...conditions], sql` and `)}`
}

async function page<Row>(
  db: Kysely<Database>,
  table: Table,
  column: string,
  conditions: Condition[],
  query: PageQuery<unknown, string>,
) {
  const { order, beyond } = keyset(column, query)
  const where = all([...conditions, ...beyond])
  const { rows } =
    await sql<Row>`select * from ${sql.table(table)} where ${where} order by ${order} limit ${query.limit}`.execute(db)
  return rows
}

/** The page of each parent, in one statement: rows are numbered within their parent. */
async function pagePerParent<Row>(
  db: Kysely<Database>,
  table: Table,
  parent: string,
  parentIds: readonly string[],
  column: string,
  conditions: Condition[],
  query: PageQuery<unknown, string>,
) {
  const { order, beyond } = keyset(column, query)
  const where = all([isIn(parent, parentIds), ...conditions, ...beyond])
  const numbered = sql`select *, row_number() over (partition by ${sql.ref(parent)} order by ${order}) as place from ${sql.table(table)} where ${where}`
  const { rows } =
    await sql<Row>`select * from (${numbered}) where place <= ${query.limit} order by ${sql.ref(parent)}, place`.execute(
      db,
    )
  return rows
}

async function count(db: Kysely<Database>, table: Table, conditions: Condition[]): Promise<number> {
  const { rows } = await sql<{
    n: number
  }>`select count(*) as n from ${sql.table(table)} where ${all(conditions)}`.execute(db)
  return rows[0]?.n ?? 0
}

async function countPerParent(
  db: Kysely<Database>,
  table: Table,
  parent: string,
  ids: readonly string[],
  conditions: Condition[],
) {
  const where = all([isIn(parent, ids), ...conditions])
  const { rows } = await sql<{ id: string; n: number }>`
    select ${sql.ref(parent)} as id, count(*) as n from ${sql.table(table)} where ${where} group by ${sql.ref(parent)}`.execute(
    db,
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}

/** Filters, orders and keyset pages, composed by Kysely. */
export function createPages(db: Kysely<Database>) {
  return {
    servers: (query: PageQuery<ServerFilter, ServerSort>) =>
      page<ServerRow>(db, 'servers', columns.servers[query.sort], serverConditions(query.filter), query),
    serverCount: (filter: ServerFilter) => count(db, 'servers', serverConditions(filter)),
    tools: (query: PageQuery<ToolFilter, ToolSort>) =>
      page<ToolRow>(db, 'tools', columns.tools[query.sort], toolConditions(query.filter), query),
    toolCount: (filter: ToolFilter) => count(db, 'tools', toolConditions(filter)),
    toolsByServer: (ids: readonly string[], query: PageQuery<ToolFilter, ToolSort>) =>
      pagePerParent<ToolRow>(
        db,
        'tools',
        'server_id',
        ids,
        columns.tools[query.sort],
        toolConditions(query.filter),
        query,
      ),
    toolCounts: (ids: readonly string[], filter: ToolFilter) =>
      countPerParent(db, 'tools', 'server_id', ids, toolConditions(filter)),
    runs: (query: PageQuery<RunFilter, RunSort>) =>
      page<RunRow>(db, 'runs', columns.runs[query.sort], runConditions(query.filter), query),
    runCount: (filter: RunFilter) => count(db, 'runs', runConditions(filter)),
    runsBy: (parent: 'server_id' | 'tool_id', ids: readonly string[], query: PageQuery<RunFilter, RunSort>) =>
      pagePerParent<RunRow>(db, 'runs', parent, ids, columns.runs[query.sort], runConditions(query.filter), query),
    runCounts: (parent: 'server_id' | 'tool_id', ids: readonly string[], filter: RunFilter) =>
      countPerParent(db, 'runs', parent, ids, runConditions(filter)),
  }
}
