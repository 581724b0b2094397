import type { Topic } from '../model/events.ts'

/** A reader's place on a topic; the subscriber ends it. */
export interface Subscription {
  /**
   * The result of `make`, called once for all subscribers of the topic that ask for the same place before the next
   * notification: a thousand readers that have seen the same events read the next ones once.
   */
  share<Value>(place: string, make: () => Promise<Value>): Promise<Value>
  end(): void
}

/**
 * Wakes readers that wait for changes of a topic. It carries no events: the log is the truth, and a woken reader reads
 * it.
 */
export interface EventBus {
  /** Subscriptions that have not ended. */
  readonly subscribers: number
  readonly closed: boolean
  /** `wake` is called at each notification of `topic`, and when the bus closes. */
  subscribe(topic: Topic, wake: () => void): Subscription
  notify(topic: Topic): void
  /** Notifies every topic: something was written, and it is not known what. */
  notifyAll(): void
  /**
   * Wakes all readers, so that they read to the end of their logs and leave. Resolves once they have left, or after
   * `ms`, so that a subscriber that does not read blocks nothing.
   */
  close(ms: number): Promise<void>
}

/**
 * Most places of a topic whose read is shared: readers stand at one place or at few, and slow ones read for themselves.
 */
const maxShared = 32

/** `onRead` gets the time from a notification to the end of the first read of its topic, in ms. */
export const createEventBus = (onRead?: (lagMs: number) => void): EventBus => new InProcessBus(onRead)

class InProcessBus implements EventBus {
  readonly #onRead: ((lagMs: number) => void) | undefined
  readonly #topics = new Map<Topic, TopicReaders>()
  #subscribers = 0
  #isClosed = false
  #onLeft: (() => void) | undefined

  constructor(onRead: ((lagMs: number) => void) | undefined) {
    this.#onRead = onRead
  }

  get subscribers() {
    return this.#subscribers
  }

  get closed() {
    return this.#isClosed
  }

  subscribe(topic: Topic, listener: () => void): Subscription {
    const readers = this.#topics.get(topic) ?? new TopicReaders(this.#onRead)
    this.#topics.set(topic, readers)
    // Each subscription needs its own, as the same listener may come twice.
    const wake = () => listener()
    readers.wakers.add(wake)
    this.#subscribers += 1
    return {
      share: (place, make) => readers.share(place, make),
      end: () => this.#unsubscribe(topic, readers, wake),
    }
  }

  notify(topic: Topic): void {
    this.#topics.get(topic)?.wake()
  }

  notifyAll(): void {
    for (const readers of [...this.#topics.values()]) readers.wake()
  }

  async close(ms: number): Promise<void> {
    this.#isClosed = true
    this.notifyAll()
    if (this.#subscribers === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onLeft = resolve
    const timer = setTimeout(resolve, ms)
    await promise
    clearTimeout(timer)
  }

  #unsubscribe(topic: Topic, readers: TopicReaders, wake: () => void): void {
    if (!readers.wakers.delete(wake)) return
    this.#subscribers -= 1
    if (this.#subscribers === 0) this.#onLeft?.()
    if (readers.wakers.size === 0 && this.#topics.get(topic) === readers) this.#topics.delete(topic)
  }
}

/** The readers of one topic, and the reads that they share until its next notification. */
class TopicReaders {
  readonly wakers = new Set<() => void>()
  readonly #onRead: ((lagMs: number) => void) | undefined
  readonly #shared = new Map<string, Promise<unknown>>()
  /** When the first notification came that no read has followed yet. */
  #notifiedAt: number | undefined

  constructor(onRead: ((lagMs: number) => void) | undefined) {
    this.#onRead = onRead
  }

  wake(): void {
    this.#shared.clear()
    if (this.#onRead) this.#notifiedAt ??= performance.now()
    for (const wake of [...this.wakers]) wake()
  }

  share<Value>(place: string, make: () => Promise<Value>): Promise<Value> {
    // A topic is read in one way, so what was made for the place is a Value.
    const made = this.#shared.get(place) as Promise<Value> | undefined
    if (made) return made
    const making = make()
    this.#measure(making)
    if (this.#shared.size < maxShared) this.#shared.set(place, making)
    making.catch(() => {
      if (this.#shared.get(place) === making) this.#shared.delete(place)
    })
    return making
  }

  /** Reports the lag of the notification that `reading` is the first to read. */
  #measure(reading: Promise<unknown>): void {
    const notifiedAt = this.#notifiedAt
    const onRead = this.#onRead
    if (!onRead || notifiedAt === undefined) return
    this.#notifiedAt = undefined
    reading.then(
      () => onRead(performance.now() - notifiedAt),
      // The reader receives the rejection.
      () => undefined,
    )
  }
}
