import { useApiQuery } from '../api/use-api-query.ts'
import { changesPausedRuns, pausedRunCount } from './pause-documents.ts'

/** The number of runs that wait for a person. */
export function usePausedRunCount(): number | undefined {
  const { data } = useApiQuery({ query: pausedRunCount, variables: {}, isOldAfter: changesPausedRuns })
  return data?.toolRuns.totalCount ?? undefined
}
