import { useEffect, useReducer, useRef } from 'react'
import type { CombinedError } from 'urql'
import type { FeedEvent } from '../live/feed-document.ts'
import { useFeedChanges } from '../live/live-context.tsx'

/** One page of a connection. */
export interface PageOf<Row> {
  readonly nodes: readonly Row[]
  readonly totalCount: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

export interface PageAnswer<Row> {
  readonly page: PageOf<Row> | undefined
  readonly error: CombinedError | undefined
}

interface PagesOptions<Row> {
  /** Identifies the list. A new key discards the rows. */
  readonly key: string
  readonly pageSize: number
  readonly readPage: (after: string | null, pageSize: number) => Promise<PageAnswer<Row>>
  /** Whether an event makes the rows stale. */
  readonly isOldAfter: (event: FeedEvent) => boolean
}

export interface Pages<Row> {
  readonly rows: readonly Row[]
  readonly totalCount: number | undefined
  readonly error: CombinedError | undefined
  /** Loads pages until the row `index` is loaded. */
  readonly need: (index: number) => void
  readonly reload: () => void
}

interface State<Row> {
  readonly rows: readonly Row[]
  readonly totalCount: number | undefined
  readonly error: CombinedError | undefined
}

type Action<Row> =
  | { readonly type: 'ROWS'; readonly rows: readonly Row[]; readonly totalCount: number }
  | { readonly type: 'ERROR'; readonly error: CombinedError }
  | { readonly type: 'CLEAR' }

/** What has been read since the last restart. */
interface Place<Row> {
  readonly rows: readonly Row[]
  readonly after: string | null
  readonly isAll: boolean
}

/** Debounce for reloads, in ms: a burst of events causes one. */
const togetherMs = 60
const none: Place<never> = { rows: [], after: null, isAll: false }

/**
 * Loads a list page by page, as far as the user scrolls. After a change it reloads from the first page, and keeps the old
 * rows on screen meanwhile.
 */
export function usePages<Row>({ key, pageSize, readPage, isOldAfter }: PagesOptions<Row>): Pages<Row> {
  const nothing: State<Row> = { rows: [], totalCount: undefined, error: undefined }
  const [state, dispatch] = useReducer((before: State<Row>, action: Action<Row>): State<Row> => {
    if (action.type === 'CLEAR') return nothing
    if (action.type === 'ERROR') return { ...before, error: action.error }
    return { rows: action.rows, totalCount: action.totalCount, error: undefined }
  }, nothing)
  const wanted = useRef(pageSize - 1)
  const reading = useRef<AbortController>(undefined)
  const place = useRef<Place<Row>>(none)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const shown = useRef(0)

  async function read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !place.current.isAll && place.current.rows.length <= wanted.current) {
      const { page, error } = await readPage(place.current.after, pageSize)
      if (signal.aborted) return
      if (!page) {
        if (error) dispatch({ type: 'ERROR', error })
        return
      }
      const rows = [...place.current.rows, ...page.nodes]
      place.current = { rows, after: page.pageInfo.endCursor, isAll: !page.pageInfo.hasNextPage }
      // Waits for as many rows as were shown, so that a reload does not remove the row the user is looking at.
      if (rows.length < shown.current && !place.current.isAll && rows.length <= wanted.current) continue
      shown.current = rows.length
      dispatch({ type: 'ROWS', rows, totalCount: page.totalCount })
    }
  }

  function readOn(): void {
    if (reading.current) return
    const controller = new AbortController()
    reading.current = controller
    void read(controller.signal).finally(() => {
      if (reading.current === controller) reading.current = undefined
    })
  }

  function stop(): void {
    clearTimeout(timer.current)
    reading.current?.abort()
    reading.current = undefined
  }

  function begin(): void {
    stop()
    place.current = none
    readOn()
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key restarts, a re-render does not
  useEffect(() => {
    dispatch({ type: 'CLEAR' })
    shown.current = 0
    wanted.current = pageSize - 1
    begin()
    return stop
  }, [key])

  useFeedChanges((change) => {
    if (change.type === 'EVENT' && !isOldAfter(change.event)) return
    clearTimeout(timer.current)
    timer.current = setTimeout(begin, togetherMs)
  })

  return {
    ...state,
    reload: begin,
    need(index) {
      if (index <= wanted.current) return
      wanted.current = index
      readOn()
    },
  }
}
