import type { Migration } from 'kysely/migration'

/** Nodes of the version before write one record for each refusal. */
export const auditCounts: Migration = {
  async up(db) {
    for (const column of ['first_at', 'last_at']) {
      await db.schema.alterTable('audit_events').addColumn(column, 'bigint').execute()
    }
    await db.schema
      .alterTable('audit_events')
      .addColumn('count', 'integer', (column) => column.notNull().defaultTo(1))
      .execute()
  },
}
