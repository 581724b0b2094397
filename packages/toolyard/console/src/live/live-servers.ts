import type { Client } from 'urql'
import type { ResultOf } from '../api/graphql.ts'
import { type FeedEvent, type ServerRow, serverIdOf, serverRows } from './feed-document.ts'

export interface LiveServersState {
  readonly rows: readonly ServerRow[]
  /** Whether all servers are among the rows. */
  readonly isComplete: boolean
}

/** All servers, as the feed has them. */
export interface LiveServers {
  get(): LiveServersState
  subscribe(listener: () => void): () => void
  take(event: FeedEvent): void
  /** Reads all of them again; what the feed tells meanwhile counts more. */
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
  /** Of the servers that the feed told of since the newest load began. */
  let told = new Set<string>()

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
      told.add(id)
      if ('server' in event) rows.set(id, event.server)
      else rows.delete(id)
      publish(state.isComplete)
    },
    async load() {
      const since = new Set<string>()
      told = since
      const loaded = await readAll(client)
      // A later load has it.
      if (told !== since) return
      const kept = [...rows].filter(([id]) => since.has(id))
      rows.clear()
      for (const row of loaded) if (!since.has(row.id)) rows.set(row.id, row)
      for (const [id, row] of kept) rows.set(id, row)
      publish(true)
    },
  }
}
