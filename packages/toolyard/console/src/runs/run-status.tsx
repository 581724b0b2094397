import type { RunStatus } from './run-documents.ts'
import { statusLooks } from './run-statuses.ts'

export function RunStatusMark({ status }: { readonly status: RunStatus }) {
  const { words, color, isWorking } = statusLooks[status]
  return (
    <span className="status" data-status={status}>
      <span
        className={isWorking ? 'status-dot working' : 'status-dot'}
        style={{ background: `var(--mantine-color-${color})` }}
      />
      {words}
    </span>
  )
}
