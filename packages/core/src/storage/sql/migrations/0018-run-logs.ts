import type { Migration } from 'kysely/migration'

/** The files of the write-ahead log of runs, beside a SQLite database: one for each process that has the database open. */
export const runLogs: Migration = {
  async up(db) {
    await db.schema
      .createTable('run_logs')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('node_id', 'text')
      .addColumn('flushes', 'integer', (column) => column.notNull())
      .addColumn('flushed_to', 'integer', (column) => column.notNull())
      .addColumn('waiting', 'text', (column) => column.notNull())
      .execute()
  },
}

/** PostgreSQL has no such files. An export fits a database of either kind if both are at the same version. */
export const postgresRunLogs: Migration = { up: async () => undefined }
