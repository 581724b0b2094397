/** State of the page's connection to the API. `AWAY`: the page retries. */
export type Connection = 'CONNECTING' | 'LIVE' | 'AWAY' | 'KEY_REFUSED'

export interface ConnectionStore {
  get(): Connection
  set(connection: Connection): void
  subscribe(listener: () => void): () => void
  /** Resolves after `ms`, or as soon as `retryNow` is called. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  retryNow(): void
}

export function createConnectionStore(): ConnectionStore {
  let current: Connection = 'CONNECTING'
  const listeners = new Set<() => void>()
  const waiting = new Set<() => void>()
  return {
    get: () => current,
    set(connection) {
      if (connection === current) return
      current = connection
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    pause(ms, signal) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, ms)
      waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      return promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(resolve)
      })
    },
    retryNow() {
      for (const resolve of waiting) resolve()
    },
  }
}
