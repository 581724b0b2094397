import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function createServersAndTools(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('servers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('transport', 'text', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('timeouts', 'text', (column) => column.notNull())
    .addColumn('protocol_era', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('servers_created').on('servers').columns(['created_at', 'id']).execute()
  await db.schema.createIndex('servers_updated').on('servers').columns(['updated_at', 'id']).execute()
  await db.schema
    .createTable('tools')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('server_id', 'text', (column) => column.notNull().references('servers.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('schema_digest', 'text', (column) => column.notNull())
    .addColumn('schema_health', 'text', (column) => column.notNull())
    .addColumn('read_only', 'integer', (column) => column.notNull())
    .addColumn('destructive', 'integer', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('return_char_limit', 'integer')
    .addColumn('first_seen_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('removed_at', 'integer')
    .addUniqueConstraint('tools_server_name', ['server_id', 'name'])
    .execute()
  await db.schema.createIndex('tools_name').on('tools').columns(['name', 'id']).execute()
  await db.schema.createIndex('tools_first_seen').on('tools').columns(['first_seen_at', 'id']).execute()
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('refreshes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'integer')
    .addColumn('finished_at', 'integer')
    .addColumn('error', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('refreshes_server').on('refreshes').columns(['server_id', 'id']).execute()
  await db.schema.createIndex('refreshes_status').on('refreshes').columns(['status', 'id']).execute()
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('server_name', 'text', (column) => column.notNull())
    .addColumn('tool_id', 'text', (column) => column.notNull())
    .addColumn('tool_name', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('started_at', 'integer')
    .addColumn('finished_at', 'integer')
    .addColumn('error', 'text')
    .addColumn('args', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('idempotency_key', 'text', (column) => column.unique())
    .addColumn('result', 'text')
    .execute()
  await db.schema.createIndex('runs_created').on('runs').columns(['created_at', 'id']).execute()
  await db.schema.createIndex('runs_server').on('runs').columns(['server_id', 'created_at', 'id']).execute()
  await db.schema.createIndex('runs_tool').on('runs').columns(['tool_id', 'created_at', 'id']).execute()
  await db.schema.createIndex('runs_status').on('runs').columns(['status', 'created_at', 'id']).execute()
}

async function createLogs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('job_events')
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('job_events_pk', ['job_id', 'seq'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await db.schema
    .createTable('server_events')
    // AUTOINCREMENT: a number is never given twice, also when everything was pruned.
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('server_events_server').on('server_events').columns(['server_id', 'seq']).execute()
}

export const initial: Migration = {
  async up(db) {
    await createServersAndTools(db)
    await createJobs(db)
    await createLogs(db)
  },
}
