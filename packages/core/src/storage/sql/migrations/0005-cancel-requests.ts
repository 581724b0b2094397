import type { Migration } from 'kysely/migration'

export const cancelRequests: Migration = {
  async up(db) {
    await db.schema
      .createTable('cancel_requests')
      .addColumn('job_id', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('at', 'integer', (column) => column.notNull())
      .execute()
  },
}
