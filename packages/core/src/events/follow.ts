import type { EventBus } from './bus.ts'
import type { Logged, Topic } from './events.ts'

const pageSize = 100
/** Made once: without a reason, each abort would make one, with a stack. */
const left = new Error('The reader has left')

export interface FollowOptions {
  /** Aborting it ends the iterator. */
  readonly signal?: AbortSignal | undefined
}

export interface LogSource<Event> {
  readonly topic: Topic
  /** Where to begin: the events after this number. Undefined: the last event is behind, nothing is to come. */
  readonly start: Promise<number | undefined>
  /** At most `limit` events after `seq`, in order. */
  readonly read: (seq: number, limit: number) => Promise<readonly Logged<Event>[]>
  readonly isLast: (event: Event) => boolean
  /** Yields an idle mark, `undefined`, when nothing came for this long. */
  readonly idleMs?: number
}

/**
 * Reads a log to its end, then waits for more, until its last event, the signal, the end of the bus, or `return()`.
 * Unlike an async generator, `return()` also ends a `next()` that is waiting: a client that leaves frees its iterator.
 */
export function follow<Event>(
  bus: EventBus,
  source: LogSource<Event>,
  { signal }: FollowOptions,
): AsyncIterableIterator<Logged<Event> | undefined> {
  const leaving = new AbortController()
  const leave = () => leaving.abort(left)
  if (signal?.aborted) leave()
  // Whoever asks for events and never reads them must not be told of a rejection; reading them tells.
  source.start.catch(() => undefined)

  async function* walk(): AsyncGenerator<Logged<Event> | undefined, undefined> {
    bus.subscribers += 1
    signal?.addEventListener('abort', leave, { once: true })
    try {
      const start = await source.start
      if (start === undefined) return undefined
      let seq = start
      while (!leaving.signal.aborted) {
        // Waiting starts before reading, so that what is appended in between wakes us.
        const waiting = new AbortController()
        const stopWaiting = () => waiting.abort(left)
        leaving.signal.addEventListener('abort', stopWaiting, { once: true })
        try {
          const news = bus.wait(source.topic, waiting.signal, source.idleMs)
          const page = await source.read(seq, pageSize)
          for (const logged of page) {
            if (leaving.signal.aborted) return undefined
            seq = logged.seq
            yield logged
            if (source.isLast(logged.event)) return undefined
          }
          if (page.length > 0) continue
          // A closed bus brings no more news, and all that was written before it closed has been read.
          if (bus.closed) return undefined
          const isIdle = await news
          if (isIdle) yield undefined
        } finally {
          leaving.signal.removeEventListener('abort', stopWaiting)
          stopWaiting()
        }
      }
      return undefined
    } finally {
      signal?.removeEventListener('abort', leave)
      bus.subscribers -= 1
    }
  }

  const generator = walk()
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => generator.next(),
    return() {
      leave()
      return generator.return(undefined)
    },
    throw(error) {
      leave()
      return generator.throw(error)
    },
  }
}
