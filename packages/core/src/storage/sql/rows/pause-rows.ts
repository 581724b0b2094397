import type { TenantId } from '../../../base/ids.ts'
import { holderOf, type PauseRecord, settledFor } from '../../../model/pause.ts'
import { Sealed } from '../../../model/secret.ts'
import { fromJson, toJson } from '../json-column.ts'
import type { RunPauseRow, SealedPause } from '../schema.ts'

export function fromPauseRow({ body }: RunPauseRow): PauseRecord {
  const pause = fromJson(body)
  const call = new Sealed(pause.call)
  return pause.kind === 'INPUT'
    ? { ...pause, call, input: new Sealed(pause.input) }
    : { ...pause, kind: 'APPROVAL', call }
}

/** `Sealed` prints as a mark, also as JSON, and so is stored by its text. */
function sealedAsText(pause: PauseRecord): SealedPause {
  const call = pause.call.text
  return pause.kind === 'INPUT' ? { ...pause, call, input: pause.input.text } : { ...pause, call }
}

export function toPauseRow(tenant: TenantId, pause: PauseRecord): RunPauseRow {
  const { runId, serverId, version, expiresAt } = pause
  return {
    tenant,
    run_id: runId,
    server_id: serverId,
    version,
    expires_at: expiresAt,
    held_by: holderOf(pause) ?? null,
    settled_for: settledFor(pause) ?? null,
    body: toJson(sealedAsText(pause)),
  }
}
