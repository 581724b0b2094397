import { useApiQuery } from '../api/use-api-query.ts'
import { QueryProblem } from '../app/problem.tsx'
import { changesPausedRuns, pausedRunById } from './pause-documents.ts'
import { ApprovalRequest } from './paused-run-card.tsx'

/** What the run waits for, on its own page. Empty once it waits no more. */
export default function RunPause({ id }: { readonly id: string }) {
  const { data, error, reload } = useApiQuery({
    query: pausedRunById,
    variables: { id },
    isOldAfter: changesPausedRuns,
  })
  const run = data?.toolRun
  if (run?.status === 'AWAITING_APPROVAL') return <ApprovalRequest run={run} onDecided={reload} />
  return <QueryProblem error={error} onRetry={reload} />
}
