import type { Topic } from './events.ts'

/**
 * Wakes those who wait for news of a topic. It carries no events: the log is the truth, and who is woken reads it.
 */
export interface EventBus {
  /** Iterators that are following a log right now. */
  subscribers: number
  readonly closed: boolean
  notify(topic: Topic): void
  /** Resolves at the next notification of `topic`, when `signal` aborts, or when the bus closes; with true after `idleMs` without any. */
  wait(topic: Topic, signal: AbortSignal, idleMs?: number): Promise<boolean>
  close(): void
}

export function createEventBus(): EventBus {
  const waiting = new Map<Topic, Set<() => void>>()
  let closed = false
  return {
    subscribers: 0,
    get closed() {
      return closed
    },
    notify(topic) {
      for (const wake of [...(waiting.get(topic) ?? [])]) wake()
    },
    wait(topic, signal, idleMs) {
      if (closed || signal.aborted) return Promise.resolve(false)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const wakers = waiting.get(topic) ?? new Set()
      waiting.set(topic, wakers)
      const timer = idleMs === undefined ? undefined : setTimeout(end, idleMs, true)
      const wake = () => end(false)
      wakers.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      function end(isIdle: boolean) {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        wakers.delete(wake)
        if (wakers.size === 0 && waiting.get(topic) === wakers) waiting.delete(topic)
        resolve(isIdle)
      }
      return promise
    },
    close() {
      closed = true
      for (const wakers of [...waiting.values()]) for (const wake of [...wakers]) wake()
    },
  }
}
