import { type Followed, useFollowed } from '../live/use-followed.ts'
import { runEvents } from './run-documents.ts'
import { noProgress, type RunProgress, takeEvent } from './run-progress.ts'

/** Follows a run from its first event to its last, live if it is still running. */
export function useRun(id: string | undefined): Followed<RunProgress> {
  return useFollowed({
    key: id,
    document: runEvents,
    variables: { runId: id ?? '' },
    isLast: ({ __typename }) => __typename === 'ToolRunFinished',
    initial: noProgress,
    reduce: takeEvent,
  })
}
