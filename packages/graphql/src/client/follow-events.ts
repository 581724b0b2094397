import { GraphQLClientError } from './answer.ts'

export type ConnectionState = 'LOST' | 'BACK'

export interface FollowOptions<Event> {
  /** Asks for the events behind a cursor, or for all of them. `onOpen` is called once they can come. */
  readonly subscribe: (after: string | undefined, onOpen: () => void) => AsyncIterable<Event>
  readonly cursorOf: (event: Event) => string
  /** Whether nothing comes behind this one. @default none is: it is followed until the signal */
  readonly isLast?: (event: Event) => boolean
  readonly signal: AbortSignal
  /** How long a server may stay away, in ms. @default 30_000 */
  readonly giveUpMs?: number
  /** Hears when the connection is lost and will be tried again, and when it is there again; in turn. */
  readonly onConnection?: (state: ConnectionState) => void
}

const firstPauseMs = 100
const maxPauseMs = 2_000

/** Gone for good, whatever is tried: the server has answered, or the caller has left. */
function isFinal(error: unknown): boolean {
  return (
    !(error instanceof GraphQLClientError) || !['UNREACHABLE', 'CLOSED', 'STORAGE_UNAVAILABLE'].includes(error.code)
  )
}

/** Over with the time or the signal. Timers of Node.js take a signal; those of browsers do not. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onAbort = () => resolve()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', onAbort, { once: true })
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
}

/**
 * The events of a log whose connection may be lost: it is asked for again behind the last cursor, so that none is missed
 * and none comes twice. Rejects with what the last attempt failed with.
 */
export async function* followEvents<Event>(options: FollowOptions<Event>): AsyncGenerator<Event, void, undefined> {
  const { subscribe, cursorOf, isLast = () => false, signal, giveUpMs = 30_000, onConnection } = options
  let after: string | undefined
  let attempt = 0
  let awaySince: number | undefined
  let isLost = false
  const onOpen = () => {
    if (isLost) onConnection?.('BACK')
    isLost = false
  }
  for (;;) {
    let lost: Error
    try {
      for await (const event of subscribe(after, onOpen)) {
        attempt = 0
        awaySince = undefined
        after = cursorOf(event)
        yield event
        if (isLast(event)) return
      }
      // A server that shuts down completes its streams.
      lost = new GraphQLClientError('UNREACHABLE', 'The server ended the stream')
    } catch (error) {
      if (isFinal(error) || !(error instanceof Error)) throw error
      lost = error
    }
    if (signal.aborted) return
    awaySince ??= performance.now()
    if (performance.now() - awaySince >= giveUpMs) throw lost
    if (!isLost) onConnection?.('LOST')
    isLost = true
    await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** attempt), signal)
    if (signal.aborted) return
    attempt += 1
  }
}
