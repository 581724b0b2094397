import type { ChildRecord } from '../../../model/child-process.ts'
import type { NodeRecord } from '../../../model/job.ts'
import type { SecretKeyRecord } from '../../../model/secret-key-record.ts'
import type { StoredNode } from '../../storage.ts'
import { fromJsonOrNull, toJsonOrNull } from '../json-column.ts'
import type { ChildRow, NodeRow, SecretKeyRow, StoredNodeRow } from '../schema.ts'

export function fromChildRow(row: ChildRow): ChildRecord {
  const { host, boot, pid, started_as, owner_pid, owner_started_as, recorded_at } = row
  const owner = { ownerPid: owner_pid, ownerStartedAs: owner_started_as }
  return { host, boot, pid, startedAs: started_as, ...owner, recordedAt: recorded_at }
}

export function toChildRow(child: ChildRecord): ChildRow {
  const { host, boot, pid, startedAs, ownerPid, ownerStartedAs, recordedAt } = child
  const owner = { owner_pid: ownerPid, owner_started_as: ownerStartedAs }
  return { host, boot, pid, started_as: startedAs, ...owner, recorded_at: recordedAt }
}

export function fromNodeRow(row: StoredNodeRow): StoredNode {
  const { process, opened_at, lapses_in } = row
  return { id: row.id, process: fromJsonOrNull(process), openedAt: opened_at, lapsesInMs: lapses_in }
}

export function toNodeRow({ id, process, openedAt }: NodeRecord): Omit<NodeRow, 'expires_at'> {
  return { id, process: toJsonOrNull(process), opened_at: openedAt }
}

export function fromSecretKeyRow(row: SecretKeyRow): SecretKeyRecord {
  return { id: row.id, masterKeyId: row.master_key_id, wrapped: row.wrapped, createdAt: row.created_at }
}

export function toSecretKeyRow(key: SecretKeyRecord): SecretKeyRow {
  return { id: key.id, master_key_id: key.masterKeyId, wrapped: key.wrapped, created_at: key.createdAt }
}
