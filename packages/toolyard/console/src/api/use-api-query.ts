import type { TadaDocumentNode } from 'gql.tada'
import { useEffect, useRef } from 'react'
import { type AnyVariables, type CombinedError, useQuery } from 'urql'
import type { FeedEvent } from '../live/feed-document.ts'
import { useFeedChanges } from '../live/live-context.tsx'

export interface ApiQuery<Data> {
  /** The latest answer; kept while the next one loads. */
  readonly data: Data | undefined
  readonly error: CombinedError | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

interface ApiQueryOptions<Data, Variables extends AnyVariables> {
  readonly query: TadaDocumentNode<Data, Variables>
  readonly variables: Variables
  readonly isPaused?: boolean
  /** Whether an event makes the answer stale. @default no event does */
  readonly isOldAfter?: (event: FeedEvent) => boolean
  /** Interval between refetches while the page is visible, in ms. */
  readonly everyMs?: number
}

/** Debounce for refetches, in ms: a burst of events causes one. */
const togetherMs = 60

/** Runs a query, and refetches it when an event makes its answer stale or the API comes back. */
export function useApiQuery<Data, Variables extends AnyVariables>(
  options: ApiQueryOptions<Data, Variables>,
): ApiQuery<Data> {
  const { query, variables, isPaused = false, isOldAfter, everyMs } = options
  const [{ data, error, fetching }, execute] = useQuery({ query, variables, pause: isPaused })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const reload = () => execute({ requestPolicy: 'network-only' })

  useFeedChanges((change) => {
    if (isPaused || (change.type === 'EVENT' && !isOldAfter?.(change.event))) return
    clearTimeout(timer.current)
    timer.current = setTimeout(reload, togetherMs)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    if (everyMs === undefined || isPaused) return
    const interval = setInterval(() => {
      if (document.visibilityState === 'visible') execute({ requestPolicy: 'network-only' })
    }, everyMs)
    return () => clearInterval(interval)
  }, [everyMs, isPaused, execute])

  return { data, error, isLoading: fetching && !data, reload }
}
