import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

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

export const durableJobs: Migration = {
  async up(db) {
    await addOwnersAndPolicies(db)
    await journalRuns(db)
  },
}
