import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { addSecretKeys } from './migrations-secrets.ts'

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

/** Derived from the definition when somebody asks. */
async function dropDerivedColumns(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('tools').dropColumn('schema_digest').execute()
  await db.schema.alterTable('tools').dropColumn('schema_health').execute()
}

async function addOwnersAndPolicies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('owners')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('process', 'text')
    .addColumn('opened_at', 'integer', (column) => column.notNull())
    .execute()
  await db.schema.alterTable('refreshes').addColumn('owner_id', 'text').execute()
  for (const column of ['args_digest', 'owner_id', 'recorded']) {
    await db.schema.alterTable('runs').addColumn(column, 'text').execute()
  }
  for (const column of ['record_args', 'record_results']) {
    await db.schema.alterTable('tools').addColumn(column, 'text').execute()
  }
}

async function journalRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('run_journal')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('writes', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_journal_pk', ['run_id', 'place'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await sql`insert into run_journal (run_id, place, writes) select id, 1, writes from started_runs`.execute(db)
  await db.schema.dropTable('started_runs').execute()
}

/** Every step from an empty database to the current one; a step that was released never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_initial': {
    async up(db) {
      await createServersAndTools(db)
      await createJobs(db)
      await createLogs(db)
    },
  },
  '0002_sessions': {
    async up(db) {
      await addChildrenAndSchedules(db)
      await packJobEvents(db)
      await dropDerivedColumns(db)
      await narrowRunIndexes(db)
      await createStartedRuns(db)
    },
  },
  '0003_durable_jobs': {
    async up(db) {
      await addOwnersAndPolicies(db)
      await journalRuns(db)
    },
  },
  '0004_tenants': {
    async up(db) {
      await addSecretKeys(db)
    },
  },
}
