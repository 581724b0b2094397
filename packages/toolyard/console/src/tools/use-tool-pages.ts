import { useClient } from 'urql'
import { type PageAnswer, type Pages, usePages } from '../api/use-pages.ts'
import { serverIdOf } from '../live/feed-document.ts'
import { type ToolRow, toolPage, toolSearch } from './tool-documents.ts'

export interface ToolQuery {
  /** Search words. Empty lists all tools by name. */
  readonly words: string
  readonly serverId?: string | undefined
}

const changing = new Set(['McpServerToolsChanged', 'McpServerDeleted', 'McpServerUpdated', 'McpToolApproved'])
const pageSize = 100

/** Loads tools page by page, as far as the user scrolls. */
export function useToolPages({ words, serverId }: ToolQuery): Pages<ToolRow> {
  const client = useClient()
  const filter = serverId === undefined ? null : { serverId: [serverId] }

  async function readPage(after: string | null, first: number): Promise<PageAnswer<ToolRow>> {
    const variables = { first, after, filter }
    const context = { requestPolicy: 'network-only' } as const
    if (words === '') {
      const { data, error } = await client.query(toolPage, variables, context).toPromise()
      return { page: data?.mcpTools, error }
    }
    const { data, error } = await client.query(toolSearch, { ...variables, query: words }, context).toPromise()
    return { page: data?.searchMcpTools, error }
  }

  return usePages({
    key: JSON.stringify([words, serverId]),
    pageSize,
    readPage,
    isOldAfter: (event) => changing.has(event.__typename) && (serverId === undefined || serverIdOf(event) === serverId),
  })
}
