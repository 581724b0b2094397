import { useEffect, useReducer, useRef } from 'react'
import { type CombinedError, useClient } from 'urql'
import { serverIdOf } from '../live/feed-document.ts'
import { useNews } from '../live/live-context.tsx'
import { type ToolRow, toolPage, toolSearch } from './tool-documents.ts'

export interface ToolQuery {
  /** Empty: all tools, by name. */
  readonly words: string
  readonly serverId?: string | undefined
}

export interface ToolPages {
  readonly rows: readonly ToolRow[]
  readonly totalCount: number | undefined
  readonly error: CombinedError | undefined
  /** Reads pages until the row `index` is there. */
  readonly need: (index: number) => void
  readonly reload: () => void
}

interface State {
  readonly rows: readonly ToolRow[]
  readonly totalCount: number | undefined
  readonly error: CombinedError | undefined
}

type Action =
  | { readonly type: 'PAGE'; readonly from: number; readonly rows: readonly ToolRow[]; readonly totalCount: number }
  | { readonly type: 'ERROR'; readonly error: CombinedError }
  | { readonly type: 'CLEAR' }

const pageSize = 100
const nothing: State = { rows: [], totalCount: undefined, error: undefined }

function reduce(state: State, action: Action): State {
  if (action.type === 'CLEAR') return nothing
  if (action.type === 'ERROR') return { ...state, error: action.error }
  return {
    rows: [...state.rows.slice(0, action.from), ...action.rows],
    totalCount: action.totalCount,
    error: undefined,
  }
}

const changing = new Set(['McpServerToolsChanged', 'McpServerDeleted', 'McpServerUpdated', 'McpToolApproved'])

/** Tools page by page, as far as somebody looks; again from the first when they have changed. */
export function useToolPages({ words, serverId }: ToolQuery): ToolPages {
  const client = useClient()
  const [state, dispatch] = useReducer(reduce, nothing)
  const wanted = useRef(pageSize - 1)
  const reading = useRef<AbortController>(undefined)
  const place = useRef<{ count: number; after: string | null; isAll: boolean }>({ count: 0, after: null, isAll: false })

  async function read(signal: AbortSignal): Promise<void> {
    const filter = serverId === undefined ? null : { serverId: [serverId] }
    while (!signal.aborted && !place.current.isAll && place.current.count <= wanted.current) {
      const { after, count: from } = place.current
      const variables = { first: pageSize, after, filter }
      const context = { requestPolicy: 'network-only' } as const
      const { page, error } =
        words === ''
          ? await client
              .query(toolPage, variables, context)
              .then(({ data, error }) => ({ page: data?.mcpTools, error }))
          : await client
              .query(toolSearch, { ...variables, query: words }, context)
              .then(({ data, error }) => ({ page: data?.searchMcpTools, error }))
      if (signal.aborted) return
      if (!page) {
        if (error) dispatch({ type: 'ERROR', error })
        return
      }
      const { nodes: rows, totalCount, pageInfo } = page
      place.current = { count: from + rows.length, after: pageInfo.endCursor, isAll: !pageInfo.hasNextPage }
      dispatch({ type: 'PAGE', from, rows, totalCount })
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

  function begin(): void {
    reading.current?.abort()
    reading.current = undefined
    place.current = { count: 0, after: null, isAll: false }
    readOn()
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins anew, another rendering does not
  useEffect(() => {
    dispatch({ type: 'CLEAR' })
    wanted.current = pageSize - 1
    begin()
    return () => {
      reading.current?.abort()
      reading.current = undefined
    }
  }, [client, words, serverId])

  useNews((news) => {
    if (news.type === 'NEWS') {
      if (!changing.has(news.event.__typename)) return
      if (serverId !== undefined && serverIdOf(news.event) !== serverId) return
    }
    begin()
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
