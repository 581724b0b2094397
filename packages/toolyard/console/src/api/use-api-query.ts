import type { TadaDocumentNode } from 'gql.tada'
import { useEffect, useRef } from 'react'
import { type AnyVariables, type CombinedError, useQuery } from 'urql'
import type { FeedEvent } from '../live/feed-document.ts'
import { useNews } from '../live/live-context.tsx'

export interface ApiQuery<Data> {
  /** The newest answer, also while another one is on its way. */
  readonly data: Data | undefined
  readonly error: CombinedError | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

interface ApiQueryOptions<Data, Variables extends AnyVariables> {
  readonly query: TadaDocumentNode<Data, Variables>
  readonly variables: Variables
  readonly isPaused?: boolean
  /** Whether what an event tells of makes the answer old. @default none does */
  readonly isOldAfter?: (event: FeedEvent) => boolean
  /** Asks again so often, while the page is seen. */
  readonly everyMs?: number
}

/** Several events that come together ask once. */
const togetherMs = 60

/** An answer of the API that keeps up: asked for again after the events that say so, and when the API was away. */
export function useApiQuery<Data, Variables extends AnyVariables>(
  options: ApiQueryOptions<Data, Variables>,
): ApiQuery<Data> {
  const { query, variables, isPaused = false, isOldAfter, everyMs } = options
  const [{ data, error, fetching }, execute] = useQuery({ query, variables, pause: isPaused })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const reload = () => execute({ requestPolicy: 'network-only' })

  useNews((news) => {
    if (isPaused || (news.type === 'NEWS' && !isOldAfter?.(news.event))) return
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
