import { followEvents, GraphQLClientError, type WebSocketClient } from '@toolyard/graphql/client'
import type { Client } from 'urql'
import { operationOf } from '../api/graphql.ts'
import { type ConnectionStore, createConnectionStore } from './connection.ts'
import { type FeedEvent, feed } from './feed-document.ts'
import { createLiveServers, type LiveServers } from './live-servers.ts'
import { createSocket } from './socket.ts'

/** `EVENT`: an event of the feed. `STALE`: all cached answers may be stale, after an outage or a gap in the feed. */
export type FeedChange = { readonly type: 'EVENT'; readonly event: FeedEvent } | { readonly type: 'STALE' }

/** What the API pushes to the page. */
export interface Live {
  readonly socket: WebSocketClient
  readonly connection: ConnectionStore
  readonly servers: LiveServers
  onChange(listener: (change: FeedChange) => void): () => void
  /** Follows the feed until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

const restartPauseMs = 1_000

export function createLive(client: Client): Live {
  const socket = createSocket()
  const connection = createConnectionStore()
  const servers = createLiveServers(client)
  const listeners = new Set<(change: FeedChange) => void>()
  let wasLost = false

  const notify = (change: FeedChange) => {
    for (const listener of listeners) listener(change)
  }

  async function reloadAll(): Promise<void> {
    notify({ type: 'STALE' })
    // If it fails, the API is unreachable again; reconnecting triggers another load.
    await servers.load().catch(() => undefined)
  }

  async function followFeed(signal: AbortSignal): Promise<void> {
    const events = followEvents(
      socket,
      operationOf(feed),
      {},
      {
        signal,
        pause: connection.pause,
        giveUpMs: Number.POSITIVE_INFINITY,
        onOpen() {
          connection.set('LIVE')
          if (wasLost) void reloadAll()
          wasLost = false
        },
        onConnection(state) {
          if (state === 'BACK') return
          wasLost = true
          connection.set('AWAY')
        },
      },
    )
    let isFirst = true
    for await (const event of events) {
      // Neither the page's first queries nor the feed contain what happened between them.
      if (isFirst || event.__typename === 'EventGap') void reloadAll()
      isFirst = false
      if (event.__typename === 'Heartbeat' || event.__typename === 'EventGap') continue
      servers.take(event)
      notify({ type: 'EVENT', event })
    }
  }

  return {
    socket,
    connection,
    servers,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async run(signal) {
      // Shows the servers before the feed starts.
      void servers.load().catch(() => undefined)
      while (!signal.aborted) {
        try {
          await followFeed(signal)
        } catch (error) {
          if (error instanceof GraphQLClientError && error.code === 'UNAUTHENTICATED') {
            connection.set('KEY_REFUSED')
            return
          }
          // The cursor is no longer valid, for instance after a restart on an in-memory database: start over.
          wasLost = true
          await connection.pause(restartPauseMs, signal)
        }
      }
    },
  }
}
