import type { Migration } from 'kysely/migration'

export const traceIds: Migration = {
  async up(db) {
    await db.schema.alterTable('runs').addColumn('trace_id', 'text').execute()
  },
}
