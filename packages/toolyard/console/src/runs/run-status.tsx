import { StatusDot } from '../app/status-dot.tsx'
import type { RunStatus } from './run-documents.ts'
import { statusLooks } from './run-statuses.ts'

export function RunStatusMark({ status }: { readonly status: RunStatus }) {
  const { words, tone, isWorking } = statusLooks[status]
  return (
    <span className="status" data-status={status}>
      <StatusDot tone={tone} isWorking={isWorking} />
      {words}
    </span>
  )
}
