import { useEffect, useReducer, useRef } from 'react'
import type { CombinedError } from 'urql'
import type { FeedEvent } from '../live/feed-document.ts'
import { useNews } from '../live/live-context.tsx'

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
  /** Another one begins with nothing. */
  readonly key: string
  readonly pageSize: number
  readonly readPage: (after: string | null, pageSize: number) => Promise<PageAnswer<Row>>
  /** Whether what an event tells of makes the rows old. */
  readonly isOldAfter: (event: FeedEvent) => boolean
}

export interface Pages<Row> {
  readonly rows: readonly Row[]
  readonly totalCount: number | undefined
  readonly error: CombinedError | undefined
  /** Reads pages until the row `index` is there. */
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

/** What has been read since the last begin. */
interface Place<Row> {
  readonly rows: readonly Row[]
  readonly after: string | null
  readonly isAll: boolean
}

/** Several events that come together ask once. */
const togetherMs = 60
const none: Place<never> = { rows: [], after: null, isAll: false }

/**
 * The rows of a list page by page, as far as somebody looks; again from the first when they have changed, while what was
 * read before stays shown.
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
      // Nobody loses the row that is looked at because the first page is there anew.
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins anew, another rendering does not
  useEffect(() => {
    dispatch({ type: 'CLEAR' })
    shown.current = 0
    wanted.current = pageSize - 1
    begin()
    return stop
  }, [key])

  useNews((news) => {
    if (news.type === 'NEWS' && !isOldAfter(news.event)) return
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
