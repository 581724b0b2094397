import { followEvents, GraphQLClientError, type WebSocketClient } from '@toolyard/graphql/client'
import type { Client } from 'urql'
import { operationOf } from '../api/graphql.ts'
import { type ConnectionStore, createConnectionStore } from './connection.ts'
import { type FeedEvent, feed } from './feed-document.ts'
import { createLiveServers, type LiveServers } from './live-servers.ts'
import { createSocket } from './socket.ts'

/** `NEWS`: an event of the feed. `ANEW`: whatever was asked before may be old; the API was away, or the feed has a gap. */
export type News = { readonly type: 'NEWS'; readonly event: FeedEvent } | { readonly type: 'ANEW' }

/** What the page hears from the API without asking. */
export interface Live {
  readonly socket: WebSocketClient
  readonly connection: ConnectionStore
  readonly servers: LiveServers
  onNews(listener: (news: News) => void): () => void
  /** Follows the feed until the signal. */
  run(signal: AbortSignal): Promise<void>
}

const anewPauseMs = 1_000

export function createLive(client: Client): Live {
  const socket = createSocket()
  const connection = createConnectionStore()
  const servers = createLiveServers(client)
  const listeners = new Set<(news: News) => void>()
  let wasLost = false

  const tell = (news: News) => {
    for (const listener of listeners) listener(news)
  }

  async function loadAnew(): Promise<void> {
    tell({ type: 'ANEW' })
    // Where it fails the API is away again, and comes back with another load.
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
          if (wasLost) void loadAnew()
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
      // What happened between the page's first questions and the begin of the feed is in neither.
      if (isFirst || event.__typename === 'EventGap') void loadAnew()
      isFirst = false
      if (event.__typename === 'Heartbeat' || event.__typename === 'EventGap') continue
      servers.take(event)
      tell({ type: 'NEWS', event })
    }
  }

  return {
    socket,
    connection,
    servers,
    onNews(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async run(signal) {
      // Shown before the feed has begun.
      void servers.load().catch(() => undefined)
      while (!signal.aborted) {
        try {
          await followFeed(signal)
        } catch (error) {
          if (error instanceof GraphQLClientError && error.code === 'UNAUTHENTICATED') {
            connection.set('KEY_REFUSED')
            return
          }
          // The cursor is of no use any more, as behind a restart over a database in memory: begin anew.
          wasLost = true
          await connection.pause(anewPauseMs, signal)
        }
      }
    },
  }
}
