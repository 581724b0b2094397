import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useClient } from 'urql'
import type { Connection } from './connection.ts'
import { createLive, type FeedChange, type Live } from './live.ts'
import type { LiveServersState } from './live-servers.ts'

const LiveContext = createContext<Live | undefined>(undefined)

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useClient()
  const [live] = useState(() => createLive(client))
  useEffect(() => {
    const leaving = new AbortController()
    void live.run(leaving.signal)
    return () => leaving.abort()
  }, [live])
  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('expected a LiveProvider above')
  return live
}

export function useConnection(): Connection {
  const { connection } = useLive()
  return useSyncExternalStore(connection.subscribe, connection.get)
}

export function useServers(): LiveServersState {
  const { servers } = useLive()
  return useSyncExternalStore(servers.subscribe, servers.get)
}

/** Calls the latest `listener` for each notification. */
export function useFeedChanges(listener: (change: FeedChange) => void): void {
  const live = useLive()
  const newest = useRef(listener)
  useEffect(() => {
    newest.current = listener
  })
  useEffect(() => live.onChange((change) => newest.current(change)), [live])
}
