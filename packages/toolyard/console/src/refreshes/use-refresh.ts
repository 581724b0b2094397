import { type Followed, useFollowed } from '../live/use-followed.ts'
import { refreshEvents } from './refresh-documents.ts'
import { noProgress, type RefreshProgress, takeEvent } from './refresh-progress.ts'

/** Follows a refresh from its first event to its last, live if it is still running. */
export function useRefresh(id: string | undefined): Followed<RefreshProgress> {
  return useFollowed({
    key: id,
    document: refreshEvents,
    variables: { refreshId: id ?? '' },
    isLast: ({ __typename }) => __typename === 'RefreshFinished',
    initial: noProgress,
    reduce: takeEvent,
  })
}
