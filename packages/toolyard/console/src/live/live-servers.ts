import type { Client } from 'urql'
import type { ResultOf } from '../api/graphql.ts'
import { type FeedEvent, type ServerRow, serverIdOf, serverRows } from './feed-document.ts'

export interface LiveServersState {
  readonly rows: readonly ServerRow[]
  /** Whether the rows contain all servers. */
  readonly isComplete: boolean
}

/** All servers, kept up to date by the feed. */
export interface LiveServers {
  get(): LiveServersState
  subscribe(listener: () => void): () => void
  take(event: FeedEvent): void
  /** Reloads all servers. Events that arrive meanwhile take precedence. */
  load(): Promise<void>
}

const byName = (one: ServerRow, other: ServerRow) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0)

async function readPage(client: Client, after: string | null): Promise<ResultOf<typeof serverRows>['mcpServers']> {
  const { data, error } = await client.query(serverRows, { after }, { requestPolicy: 'network-only' }).toPromise()
  if (!data) throw error ?? new Error('expected the servers, got no answer')
  return data.mcpServers
}

async function readAll(client: Client): Promise<readonly ServerRow[]> {
  const rows: ServerRow[] = []
  let after: string | null = null
  for (;;) {
    const { nodes, pageInfo } = await readPage(client, after)
    rows.push(...nodes)
    if (!pageInfo.hasNextPage) return rows
    after = pageInfo.endCursor
  }
}

export function createLiveServers(client: Client): LiveServers {
  const rows = new Map<string, ServerRow>()
  const listeners = new Set<() => void>()
  let state: LiveServersState = { rows: [], isComplete: false }
  /** Ids of the servers with events since the latest load began. */
  let changed = new Set<string>()

  function publish(isComplete: boolean): void {
    state = { rows: [...rows.values()].sort(byName), isComplete }
    for (const listener of listeners) listener()
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    take(event) {
      const id = serverIdOf(event)
      if (id === undefined) return
      changed.add(id)
      if ('server' in event) rows.set(id, event.server)
      else rows.delete(id)
      publish(state.isComplete)
    },
    async load() {
      const since = new Set<string>()
      changed = since
      const loaded = await readAll(client)
      // A later load supersedes this one.
      if (changed !== since) return
      const kept = [...rows].filter(([id]) => since.has(id))
      rows.clear()
      for (const row of loaded) if (!since.has(row.id)) rows.set(row.id, row)
      for (const [id, row] of kept) rows.set(id, row)
      publish(true)
    },
  }
}
