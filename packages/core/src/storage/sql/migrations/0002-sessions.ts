import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function addChildrenAndSchedules(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('servers').addColumn('refresh_interval_ms', 'integer').execute()
  await db.schema
    .createTable('children')
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('boot', 'text', (column) => column.notNull())
    .addColumn('pid', 'integer', (column) => column.notNull())
    .addColumn('started_as', 'text', (column) => column.notNull())
    .addColumn('owner_pid', 'integer', (column) => column.notNull())
    .addColumn('owner_started_as', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('children_pk', ['host', 'boot', 'pid'])
    .modifyEnd(sql`without rowid`)
    .execute()
}

async function packJobEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('job_events').renameColumn('event', 'events').execute()
  await sql`update job_events set events = '[' || events || ']'`.execute(db)
}

/**
 * Every run is written to each index: one for the few that have an idempotency key, and one for the few that did not
 * succeed, have an entry only for those.
 */
async function narrowRunIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('runs').renameTo('old_runs').execute()
  for (const name of ['runs_created', 'runs_server', 'runs_tool', 'runs_status']) {
    await db.schema.dropIndex(name).execute()
  }
  await createRuns(db)
  await sql`insert into runs select * from old_runs`.execute(db)
  await db.schema.dropTable('old_runs').execute()
  await db.schema.createIndex('runs_created').on('runs').columns(['created_at', 'id']).execute()
  await db.schema.createIndex('runs_server').on('runs').columns(['server_id', 'created_at', 'id']).execute()
  await db.schema.createIndex('runs_tool').on('runs').columns(['tool_id', 'created_at', 'id']).execute()
  await sql`create index runs_not_succeeded on runs (status, created_at, id) where status <> 'SUCCEEDED'`.execute(db)
  await sql`create unique index runs_idempotency_key on runs (idempotency_key) where idempotency_key is not null`.execute(
    db,
  )
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
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
    .addColumn('idempotency_key', 'text')
    .addColumn('result', 'text')
    .execute()
}

async function createStartedRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('started_runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('writes', 'text', (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute()
}

/** Derived from the definition at each read. */
async function dropDerivedColumns(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('tools').dropColumn('schema_digest').execute()
  await db.schema.alterTable('tools').dropColumn('schema_health').execute()
}

export const sessions: Migration = {
  async up(db) {
    await addChildrenAndSchedules(db)
    await packJobEvents(db)
    await dropDerivedColumns(db)
    await narrowRunIndexes(db)
    await createStartedRuns(db)
  },
}
