import { StatusMark } from '../app/status-mark.tsx'
import type { RunStatus } from './run-documents.ts'
import { statusLooks } from './run-statuses.ts'

export const RunStatusMark = ({ status }: { readonly status: RunStatus }) => (
  <StatusMark status={status} look={statusLooks[status]} />
)
