import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { addSecretKeys } from './secret-keys.ts'

/** Whose everything is that was there before. */
const first = 'default'

async function rebuildServers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('new_servers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('labels', 'text', (column) => column.notNull())
    .addColumn('transport', 'text', (column) => column.notNull())
    .addColumn('config', 'text', (column) => column.notNull())
    .addColumn('timeouts', 'text', (column) => column.notNull())
    .addColumn('protocol_era', 'text', (column) => column.notNull())
    .addColumn('refresh_interval_ms', 'integer')
    .addColumn('tool_change_policy', 'text', (column) => column.notNull().defaultTo('ACCEPT'))
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addUniqueConstraint('servers_tenant_name', ['tenant', 'name'])
    .addUniqueConstraint('servers_tenant_id', ['tenant', 'id'])
    .execute()
  await sql`insert into new_servers select id, ${sql.lit(first)}, name, description, enabled, labels, transport, config,
    timeouts, protocol_era, refresh_interval_ms, 'ACCEPT', revision, created_at, updated_at, status, state
    from servers`.execute(db)
  await db.schema.dropTable('servers').execute()
  await db.schema.alterTable('new_servers').renameTo('servers').execute()
  await db.schema.createIndex('servers_created').on('servers').columns(['tenant', 'created_at', 'id']).execute()
  await db.schema.createIndex('servers_updated').on('servers').columns(['tenant', 'updated_at', 'id']).execute()
}

async function rebuildTools(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('new_tools')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('approved', 'integer', (column) => column.notNull().defaultTo(1))
    .addColumn('pending_definition', 'text')
    .addColumn('read_only', 'integer', (column) => column.notNull())
    .addColumn('destructive', 'integer', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('return_char_limit', 'integer')
    .addColumn('record_args', 'text')
    .addColumn('record_results', 'text')
    .addColumn('first_seen_at', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'integer', (column) => column.notNull())
    .addColumn('removed_at', 'integer')
    .addUniqueConstraint('tools_server_name', ['tenant', 'server_id', 'name'])
    // A tool cannot be of a server of another tenant.
    .addForeignKeyConstraint('tools_server', ['tenant', 'server_id'], 'servers', ['tenant', 'id'], (key) =>
      key.onDelete('cascade'),
    )
    .execute()
  await sql`insert into new_tools select id, ${sql.lit(first)}, server_id, name, definition, 1, null, read_only,
    destructive, enabled, tags, return_char_limit, record_args, record_results, first_seen_at, updated_at, removed_at
    from tools`.execute(db)
  await db.schema.dropTable('tools').execute()
  await db.schema.alterTable('new_tools').renameTo('tools').execute()
  await db.schema.createIndex('tools_name').on('tools').columns(['tenant', 'name', 'id']).execute()
  await sql`create index tools_waiting on tools (tenant, name, id)
    where approved = 0 or pending_definition is not null`.execute(db)
  await db.schema.createIndex('tools_first_seen').on('tools').columns(['tenant', 'first_seen_at', 'id']).execute()
}

async function addTenantToJobs(db: Kysely<unknown>): Promise<void> {
  for (const table of ['refreshes', 'runs', 'job_events']) {
    await db.schema
      .alterTable(table)
      .addColumn('tenant', 'text', (column) => column.notNull().defaultTo(first))
      .execute()
  }
  for (const table of ['refreshes', 'runs']) await db.schema.alterTable(table).addColumn('actor', 'text').execute()
  const indexes = ['refreshes_server', 'runs_created', 'runs_server', 'runs_tool', 'runs_not_succeeded']
  for (const index of [...indexes, 'runs_idempotency_key']) await db.schema.dropIndex(index).execute()
  await db.schema.createIndex('refreshes_server').on('refreshes').columns(['tenant', 'server_id', 'id']).execute()
  await db.schema.createIndex('runs_created').on('runs').columns(['tenant', 'created_at', 'id']).execute()
  await db.schema.createIndex('runs_server').on('runs').columns(['tenant', 'server_id', 'created_at', 'id']).execute()
  await db.schema.createIndex('runs_tool').on('runs').columns(['tenant', 'tool_id', 'created_at', 'id']).execute()
  for (const statement of [
    "create index runs_not_succeeded on runs (tenant, status, created_at, id) where status <> 'SUCCEEDED'",
    "create index runs_unfinished on runs (id) where status in ('QUEUED', 'RUNNING')",
    'create unique index runs_idempotency_key on runs (tenant, idempotency_key) where idempotency_key is not null',
  ]) {
    await sql.raw(statement).execute(db)
  }
}

/** Numbers are given per tenant, so that they reveal nothing of other tenants. No number is given twice. */
async function rebuildFeed(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('feeds')
    .addColumn('tenant', 'text', (column) => column.primaryKey())
    .addColumn('last', 'integer', (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute()
  await sql`insert into feeds select ${sql.lit(first)}, seq from sqlite_sequence where name = 'server_events'`.execute(
    db,
  )
  await db.schema
    .createTable('new_server_events')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('server_id', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('server_events_pk', ['tenant', 'seq'])
    .modifyEnd(sql`without rowid`)
    .execute()
  await sql`insert into new_server_events select ${sql.lit(first)}, seq, at, server_id, event from server_events`.execute(
    db,
  )
  await db.schema.dropTable('server_events').execute()
  await db.schema.alterTable('new_server_events').renameTo('server_events').execute()
  await db.schema
    .createIndex('server_events_server')
    .on('server_events')
    .columns(['tenant', 'server_id', 'seq'])
    .execute()
}

async function createAudit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit_events')
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('actor', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('refused_with', 'text')
    .addColumn('target_id', 'text')
    .addColumn('target_name', 'text')
    .addColumn('fields', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_events_pk', ['tenant', 'at', 'id'])
    .modifyEnd(sql`without rowid`)
    .execute()
}

/** Foreign keys are off meanwhile (sqlite.ts): a table that is dropped would take along what refers to it. */
export const tenants: Migration = {
  async up(db) {
    // It asks what the feed was before.
    await addSecretKeys(db)
    await rebuildServers(db)
    await rebuildTools(db)
    await addTenantToJobs(db)
    await rebuildFeed(db)
    await createAudit(db)
  },
}
