import type { ChildKey } from '../../../model/child-process.ts'
import type { JobEvent } from '../../../model/events.ts'
import { leaseLost } from '../../errors.ts'
import type { AbandonedEnd, SystemWrite } from '../../write.ts'
import type { SqlDialect } from '../dialect.ts'
import { toChildRow, toNodeRow, toSecretKeyRow } from '../rows/system-rows.ts'
import { insert, notFound, type Statement } from '../statement.ts'

function deleteChild({ host, boot, pid }: ChildKey): Statement {
  return { sql: 'delete from children where host = ? and boot = ? and pid = ?', rows: [[host, boot, pid]] }
}

/** No recorded node works on the job. */
const abandoned = '(owner_id is null or owner_id not in (select id from owners))'
/** It needs the session of a node that is not recorded. */
const abandonedPause = '(held_by is not null and held_by not in (select id from owners))'

const held = `id in (select run_id from run_pauses where ${abandonedPause})`

function endAbandoned(
  table: 'runs' | 'refreshes',
  status: string,
  at: number,
  { status: end, error }: AbandonedEnd,
): readonly Statement[] {
  const condition = `status ${status}`
  const last = `(select coalesce(max(seq), 0) from job_events where job_id = ${table}.id)`
  const event: JobEvent = { type: table === 'runs' ? 'ToolRunFinished' : 'RefreshFinished', status: end, error }
  return [
    {
      sql: `insert into job_events (tenant, job_id, seq, at, events) select tenant, id, ${last} + 1, cast(? as bigint), ? from ${table} where ${condition}`,
      rows: [[at, JSON.stringify([event])]],
    },
    {
      sql: `update ${table} set status = ?, finished_at = ?, error = ?, owner_id = null where ${condition}`,
      rows: [[end, at, JSON.stringify(error)]],
    },
  ]
}

/** The statements of a write to the data of no tenant, in order. */
export function systemStatements(write: SystemWrite, { now, awaitHolders, items }: SqlDialect): readonly Statement[] {
  switch (write.kind) {
    case 'recordChild': {
      const { host, boot, pid } = write.child
      return [deleteChild({ host, boot, pid }), insert('children', [toChildRow(write.child)])]
    }
    case 'forgetChild':
      return [deleteChild(write.child)]
    case 'forgetChildren': {
      const sql = `delete from children where recorded_at < ? and host not in (select value from ${items})`
      return [{ sql, rows: [[write.before, JSON.stringify(write.exceptHosts)]] }]
    }
    case 'insertSecretKey':
      return [insert('secret_keys', [toSecretKeyRow(write.key)])]
    case 'rewrapSecretKey': {
      const { id, masterKeyId, wrapped } = write.key
      const sql = 'update secret_keys set master_key_id = ?, wrapped = ? where id = ? and master_key_id = ?'
      return [{ sql, rows: [[masterKeyId, wrapped, id, write.ifMasterKeyId]] }]
    }
    case 'insertNode': {
      const { id, process, opened_at } = toNodeRow(write.node)
      return [
        {
          sql: `insert into owners (id, process, opened_at, expires_at) values (?, ?, ?, ${now} + ?)`,
          rows: [[id, process, opened_at, write.leaseMs]],
        },
      ]
    }
    case 'renewNode':
      return [
        {
          sql: `update owners set expires_at = ${now} + ? where id = ?`,
          rows: [[write.leaseMs, write.nodeId]],
          unlessChanged: () => leaseLost(write.leaseMs),
        },
      ]
    case 'deleteNode':
      return [
        ...(awaitHolders === undefined ? [] : [{ sql: awaitHolders, rows: [[write.nodeId]] }]),
        {
          sql: `delete from owners where id = ?${write.ifLapsed ? ` and expires_at < ${now}` : ''}`,
          rows: [[write.nodeId]],
          unlessChanged: () => notFound('node', write.nodeId),
        },
      ]
    case 'disownJobs':
      return ['runs', 'refreshes'].map((table) => ({
        sql: `update ${table} set owner_id = null where id = ? and status in ('QUEUED', 'RUNNING')`,
        rows: write.ids.map((id) => [id]),
      }))
    case 'endAbandonedJobs': {
      const { at, ends } = write
      return [
        ...endAbandoned('refreshes', `in ('QUEUED', 'RUNNING') and ${abandoned}`, at, ends.refresh),
        ...endAbandoned('runs', `= 'QUEUED' and ${abandoned}`, at, ends.queuedRun),
        ...endAbandoned('runs', `= 'RUNNING' and ${abandoned}`, at, ends.runningRun),
        ...endAbandoned('runs', `= 'INPUT_REQUIRED' and ${held}`, at, ends.runningRun),
        { sql: `delete from run_pauses where ${abandonedPause}`, rows: [[]] },
      ]
    }
  }
}
