import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

const newest = `(select max(id) from refreshes as other where other.tenant = refreshes.tenant
  and other.server_id = refreshes.server_id and other.status in ('QUEUED', 'RUNNING'))`
const superseded = `from refreshes where status in ('QUEUED', 'RUNNING') and id <> ${newest}`
const error = '{"code":"INTERRUPTED","message":"The process ended before the refresh did","retryable":true}'
const finished = `[{"type":"RefreshFinished","status":"FAILED","error":${error}}]`

/** Of those that several processes began for one server, the newest stays. */
async function endSupersededRefreshes(db: Kysely<unknown>): Promise<void> {
  const now = Date.now()
  await sql`insert into job_events (tenant, job_id, seq, at, events)
    select tenant, id, (select coalesce(max(seq), 0) + 1 from job_events where job_id = refreshes.id), ${now}, ${finished}
    ${sql.raw(superseded)}`.execute(db)
  await sql`update refreshes set status = 'FAILED', finished_at = ${now}, error = ${error}, owner_id = null
    where id in (select id ${sql.raw(superseded)})`.execute(db)
}

export const leases: Migration = {
  async up(db) {
    await db.schema.alterTable('owners').addColumn('expires_at', 'integer').execute()
    await db.schema
      .alterTable('cancel_requests')
      .addColumn('canceled_by', 'text', (column) => column.notNull().defaultTo('CALLER'))
      .execute()
    await db.schema
      .createIndex('servers_scheduled')
      .on('servers')
      .column('id')
      .where(sql<SqlBool>`refresh_interval_ms is not null`)
      .execute()
    await endSupersededRefreshes(db)
    await db.schema
      .createIndex('refreshes_one_for_server')
      .unique()
      .on('refreshes')
      .columns(['tenant', 'server_id'])
      .where(sql<SqlBool>`status in ('QUEUED', 'RUNNING')`)
      .execute()
  },
}
