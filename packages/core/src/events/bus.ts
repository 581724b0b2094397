import type { Topic } from '../model/events.ts'

/** What one reader of a topic holds; whoever subscribed ends it. */
export interface Subscription {
  /**
   * What `make` makes, once for all subscribers of the topic that ask for the same place before the next notification:
   * a thousand readers who have seen the same events read the next ones once.
   */
  share<Value>(place: string, make: () => Promise<Value>): Promise<Value>
  end(): void
}

/**
 * Wakes those who wait for news of a topic. It carries no events: the log is the truth, and who is woken reads it.
 */
export interface EventBus {
  /** Subscriptions that have not ended. */
  readonly subscribers: number
  readonly closed: boolean
  /** `wake` is called at each notification of `topic`, and when the bus closes. */
  subscribe(topic: Topic, wake: () => void): Subscription
  notify(topic: Topic): void
  /** Of every topic: something was written, and nobody here knows what. */
  notifyAll(): void
  /**
   * Wakes everybody, so that they read to the end of their logs and leave. Resolves once they have left, or after `ms`:
   * one that does not read holds nobody up.
   */
  close(ms: number): Promise<void>
}

interface Subscribers {
  readonly wakers: Set<() => void>
  readonly shared: Map<string, Promise<unknown>>
  /** Of the first news that nobody has read yet. */
  notifiedAt: number | undefined
}

/** Readers stand at the same place or at few: the slow ones among many read for themselves. */
const maxShared = 32

/** `onRead` hears, at the first read after news of a topic, how long it took from the news to what was read, in ms. */
export function createEventBus(onRead?: (lagMs: number) => void): EventBus {
  const topics = new Map<Topic, Subscribers>()
  let subscribers = 0
  let closed = false
  let onLeft: (() => void) | undefined

  function wakeAll(known: Subscribers): void {
    known.shared.clear()
    if (onRead) known.notifiedAt ??= performance.now()
    for (const wake of [...known.wakers]) wake()
  }

  /** Tells of the news that `reading` is the first to read. */
  function measure(known: Subscribers, reading: Promise<unknown>): void {
    const { notifiedAt } = known
    if (!onRead || notifiedAt === undefined) return
    known.notifiedAt = undefined
    reading.then(
      () => onRead(performance.now() - notifiedAt),
      // Whoever reads is told.
      () => undefined,
    )
  }

  function notifyAll(): void {
    for (const known of [...topics.values()]) wakeAll(known)
  }

  return {
    get subscribers() {
      return subscribers
    },
    get closed() {
      return closed
    },
    subscribe(topic, listener) {
      const known: Subscribers = topics.get(topic) ?? { wakers: new Set(), shared: new Map(), notifiedAt: undefined }
      topics.set(topic, known)
      const { wakers, shared } = known
      // One of its own for each subscription, as the same listener may come twice.
      const wake = () => listener()
      wakers.add(wake)
      subscribers += 1
      return {
        share<Value>(place: string, make: () => Promise<Value>) {
          // One topic is read in one way, so what was made for the place is a Value.
          const made = shared.get(place) as Promise<Value> | undefined
          if (made) return made
          const making = make()
          measure(known, making)
          if (shared.size < maxShared) shared.set(place, making)
          making.catch(() => {
            if (shared.get(place) === making) shared.delete(place)
          })
          return making
        },
        end() {
          if (!wakers.delete(wake)) return
          subscribers -= 1
          if (subscribers === 0) onLeft?.()
          if (wakers.size === 0 && topics.get(topic) === known) topics.delete(topic)
        },
      }
    },
    notify(topic) {
      const known = topics.get(topic)
      if (known) wakeAll(known)
    },
    notifyAll,
    async close(ms) {
      closed = true
      notifyAll()
      if (subscribers === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      onLeft = resolve
      const timer = setTimeout(resolve, ms)
      await promise
      clearTimeout(timer)
    },
  }
}
