import { useApiQuery } from '../api/use-api-query.ts'
import { changesPausedRuns, pausedRunCount } from './pause-documents.ts'

/** How many runs wait for an approval, and how many for an answer. */
export function usePausedRunCounts(): { readonly approvals: number; readonly answers: number } | undefined {
  const { data } = useApiQuery({ query: pausedRunCount, variables: {}, isOldAfter: changesPausedRuns })
  return data && { approvals: data.approvals.totalCount ?? 0, answers: data.answers.totalCount ?? 0 }
}

/** The number of runs that wait for a person. */
export function usePausedRunCount(): number | undefined {
  const counts = usePausedRunCounts()
  return counts && counts.approvals + counts.answers
}
