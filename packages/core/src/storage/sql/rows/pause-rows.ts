import type { TenantId } from '../../../base/ids.ts'
import type { PauseRecord } from '../../../model/pause.ts'
import { Sealed } from '../../../model/secret.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { RunPauseRow } from '../schema.ts'

export function fromPauseRow({ body }: RunPauseRow): PauseRecord {
  const { call, ...pause } = fromJson(body)
  return { ...pause, call: new Sealed(call) }
}

export function toPauseRow(tenant: TenantId, pause: PauseRecord): RunPauseRow {
  const { runId, serverId, version, expiresAt, call } = pause
  return {
    tenant,
    run_id: runId,
    server_id: serverId,
    version,
    expires_at: expiresAt,
    // `Sealed` prints as a mark, also as JSON, and so is stored by its text.
    body: toJson({ ...pause, call: call.text }),
  }
}
