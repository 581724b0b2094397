import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Topic } from '../model/events.ts'
import type { EventBus, Subscription } from './bus.ts'

/** How many events a reader holds at a time: one that is slow reads on in the log, however far behind it is. */
export const pageSize = 100

export interface FollowOptions {
  /** Aborting it ends the iterator. */
  readonly signal?: AbortSignal | undefined
}

/** One place of a log. */
export interface LogEntry<Value> {
  /** The reader goes on behind it. */
  readonly seq: number
  /** What the reader gets; undefined: nothing. */
  readonly value: Value | undefined
  /** Nothing comes after it. */
  readonly isLast: boolean
}

export interface LogPage<Value> {
  readonly entries: readonly LogEntry<Value>[]
  /** Whether there may be more behind them already. */
  readonly hasMore: boolean
}

export interface LogSource<Value> {
  readonly topic: Topic
  /** Where to begin: behind this number. Undefined: the last event is behind already, nothing is to come. */
  readonly start: Promise<number | undefined>
  /** Names what `read` answers: readers of the topic with the same name get the same. */
  readonly place: (after: number) => string
  /** The next entries behind `after`, in order, about `pageSize` at most. */
  readonly read: (after: number) => Promise<LogPage<Value>>
  /** What the reader gets when nothing came for so long. */
  readonly idle?: { readonly ms: number; readonly value: () => Value }
}

/**
 * Reads a log to its end, then waits for more, until its last entry, the signal, the end of the bus, or `return()`.
 * Unlike that of an async generator, its `return()` also ends a `next()` that is waiting: a client that leaves frees its
 * iterator.
 */
export function follow<Value>(
  bus: EventBus,
  source: LogSource<Value>,
  { signal }: FollowOptions,
): AsyncIterableIterator<Value> {
  let subscription: Subscription | undefined
  let hasEnded = signal?.aborted ?? false
  let entries: readonly LogEntry<Value>[] = []
  let index = 0
  let seq = 0
  // Before the first read there always may be some.
  let hasNews = true
  // Whether there is more to read at once.
  let isBehind = false
  let stopWaiting: (() => void) | undefined
  let last: Promise<unknown> = Promise.resolve()
  // Whoever asks for events and never reads them must not be told of a rejection; reading them tells.
  source.start.catch(() => undefined)

  function wake(): void {
    hasNews = true
    stopWaiting?.()
  }

  function end(): void {
    hasEnded = true
    subscription?.end()
    signal?.removeEventListener('abort', end)
    stopWaiting?.()
  }

  async function begin(): Promise<Subscription> {
    signal?.addEventListener('abort', end, { once: true })
    // Before the first read, so that what is appended meanwhile wakes us.
    subscription = bus.subscribe(source.topic, wake)
    const start = await source.start
    if (start === undefined) end()
    else seq = start
    return subscription
  }

  /** Waits for news or the end; false where neither came in time. */
  async function wait(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = source.idle && setTimeout(resolve, source.idle.ms, false)
    stopWaiting = () => resolve(true)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      stopWaiting = undefined
    }
  }

  async function advance(): Promise<IteratorResult<Value, undefined>> {
    const open = subscription ?? (hasEnded ? undefined : await begin())
    while (open && !hasEnded) {
      const entry = entries[index]
      if (entry) {
        index += 1
        seq = entry.seq
        if (entry.isLast) end()
        if (entry.value !== undefined) return { done: false, value: entry.value }
      } else if (hasNews) {
        hasNews = false
        index = 0
        // A storage may answer in the same turn of the event loop, and the log be long.
        if (isBehind) await nextTurn()
        const page = await open.share(source.place(seq), () => source.read(seq))
        entries = page.entries
        isBehind = page.hasMore
        if (page.hasMore) hasNews = true
      } else if (bus.closed) end()
      else if (!(await wait()) && source.idle) return { done: false, value: source.idle.value() }
    }
    return { done: true, value: undefined }
  }

  async function step(): Promise<IteratorResult<Value, undefined>> {
    try {
      return await advance()
    } catch (error) {
      end()
      throw error
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      // One after another, also where somebody does not wait for the one before.
      const result = last.then(step, step)
      last = result
      return result
    },
    async return() {
      end()
      return { done: true, value: undefined }
    },
    async throw(error) {
      end()
      throw error
    },
  }
}
