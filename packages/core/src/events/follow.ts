import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Topic } from '../model/events.ts'
import type { EventBus, Subscription } from './bus.ts'

/** Most events that a reader holds at a time: a slow reader goes on from the log, however far behind it is. */
export const pageSize = 100

export interface FollowOptions {
  /** Aborting it ends the iterator. */
  readonly signal?: AbortSignal | undefined
}

/** One entry of a log. */
export interface LogEntry<Value> {
  /** Place of the entry, behind which the reader goes on. */
  readonly seq: number
  /** Value for the reader, if any. */
  readonly value: Value | undefined
  /** Whether no entry follows. */
  readonly isLast: boolean
}

export interface LogPage<Value> {
  readonly entries: readonly LogEntry<Value>[]
  /** Whether more may be behind them already. */
  readonly hasMore: boolean
}

export interface LogSource<Value> {
  readonly topic: Topic
  /** The place behind which to begin; undefined if the last event lies behind it, so that none will come. */
  readonly start: Promise<number | undefined>
  /** Names the result of `read`: readers of the topic with the same name get the same. */
  readonly place: (after: number) => string
  /** Reads the next entries behind `after`, in order, about `pageSize` at most. */
  readonly read: (after: number) => Promise<LogPage<Value>>
  /** Value for the reader after `ms` without an event. */
  readonly idle?: { readonly ms: number; readonly value: () => Value }
}

/**
 * Reads a log to its end, then waits for more, until its last entry, the signal, the end of the bus, or `return()`.
 * Unlike that of an async generator, its `return()` also ends a `next()` that is waiting: a client that leaves frees
 * its iterator.
 */
export const follow = <Value>(
  bus: EventBus,
  source: LogSource<Value>,
  options: FollowOptions,
): AsyncIterableIterator<Value> => new LogFollower(bus, source, options)

class LogFollower<Value> implements AsyncIterableIterator<Value> {
  readonly #bus: EventBus
  readonly #source: LogSource<Value>
  readonly #signal: AbortSignal | undefined
  #subscription: Subscription | undefined
  #hasEnded: boolean
  #entries: readonly LogEntry<Value>[] = []
  #index = 0
  #seq = 0
  /** Whether the log may have more; always before the first read. */
  #mayHaveMore = true
  /** Whether the last page said that there is more to read at once. */
  #isBehind = false
  #stopWaiting: (() => void) | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** Steps that have not ended yet. */
  #steps = 0

  constructor(bus: EventBus, source: LogSource<Value>, { signal }: FollowOptions) {
    this.#bus = bus
    this.#source = source
    this.#signal = signal
    this.#hasEnded = signal?.aborted ?? false
    // A caller that never reads must not get an unhandled rejection; reading rejects with it.
    source.start.catch(() => undefined)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Steps follow one another, also if the caller does not wait for the one before. */
  next(): Promise<IteratorResult<Value, undefined>> {
    const ready = this.#steps === 0 && !this.#hasEnded ? this.#takeEntry() : undefined
    if (ready) return Promise.resolve(ready)
    this.#steps += 1
    const result = this.#last.then(this.#step, this.#step)
    this.#last = result
    return result
  }

  async return(): Promise<IteratorResult<Value, undefined>> {
    this.#end()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<Value, undefined>> {
    this.#end()
    throw error
  }

  readonly #step = async (): Promise<IteratorResult<Value, undefined>> => {
    try {
      return await this.#advance()
    } catch (error) {
      this.#end()
      throw error
    } finally {
      this.#steps -= 1
    }
  }

  readonly #end = (): void => {
    this.#hasEnded = true
    this.#subscription?.end()
    this.#signal?.removeEventListener('abort', this.#end)
    this.#stopWaiting?.()
  }

  async #advance(): Promise<IteratorResult<Value, undefined>> {
    const subscription = this.#subscription ?? (this.#hasEnded ? undefined : await this.#begin())
    while (subscription && !this.#hasEnded) {
      const taken = this.#takeEntry()
      if (taken) return taken
      if (this.#hasEnded) break
      if (this.#mayHaveMore) {
        this.#mayHaveMore = false
        this.#index = 0
        // A storage may answer in the same turn of the event loop, and the log may be long.
        if (this.#isBehind) await nextTurn()
        this.#takePage(await subscription.share(this.#source.place(this.#seq), () => this.#source.read(this.#seq)))
      } else if (this.#bus.closed) this.#end()
      else if (!(await this.#wait()) && this.#source.idle) return { done: false, value: this.#source.idle.value() }
    }
    return { done: true, value: undefined }
  }

  /** The next value of the page at hand; undefined if it has none. */
  #takeEntry(): IteratorYieldResult<Value> | undefined {
    for (let entry = this.#entries[this.#index]; entry; entry = this.#entries[this.#index]) {
      this.#index += 1
      this.#seq = entry.seq
      if (entry.isLast) this.#end()
      if (entry.value !== undefined) return { done: false, value: entry.value }
      if (entry.isLast) return undefined
    }
    return undefined
  }

  async #begin(): Promise<Subscription> {
    this.#signal?.addEventListener('abort', this.#end, { once: true })
    // Before the first read, so that an append meanwhile wakes this reader.
    const subscription = this.#bus.subscribe(this.#source.topic, () => this.#wake())
    this.#subscription = subscription
    const start = await this.#source.start
    if (start === undefined) this.#end()
    else this.#seq = start
    return subscription
  }

  #wake(): void {
    this.#mayHaveMore = true
    this.#stopWaiting?.()
  }

  #takePage({ entries, hasMore }: LogPage<Value>): void {
    this.#entries = entries
    this.#isBehind = hasMore
    if (hasMore) this.#mayHaveMore = true
  }

  /** Waits for a notification or the end; false if neither came in time. */
  async #wait(): Promise<boolean> {
    const { idle } = this.#source
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = idle && setTimeout(resolve, idle.ms, false)
    this.#stopWaiting = () => resolve(true)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#stopWaiting = undefined
    }
  }
}
