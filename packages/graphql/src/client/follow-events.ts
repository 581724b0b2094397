import { GraphQLClientError } from './answer.ts'
import type { GraphQLClient } from './graphql-client.ts'
import type { Operation } from './operation.ts'

export type ConnectionState = 'LOST' | 'BACK'

interface Resumable {
  readonly cursor: string
}

/** The events of a subscription for which the document selects the cursor. */
export type FollowedEvent<Result> = Extract<Result[keyof Result], Resumable>

export interface FollowOptions<Event> {
  readonly signal: AbortSignal
  /** Whether this event is the last. @default events are followed until the signal */
  readonly isLast?: (event: Event) => boolean
  /** Time for which a lost connection is retried, in ms. @default 30_000 */
  readonly giveUpMs?: number
  /** Called when events can arrive: at first, and after each reconnection. */
  readonly onOpen?: () => void
  /** Called when the connection is lost and will be retried, and when it is back; in turn. */
  readonly onConnection?: (state: ConnectionState) => void
  /** Waits before a retry, for `ms` or until the application retries at once. @default a timer */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Pause before the first retry, doubled for each further one, and the longest pause, in ms. */
const firstPauseMs = 100
const maxPauseMs = 2_000

/** Whether a retry cannot help: the server has answered with an error of its own. */
function isFinal(error: unknown): boolean {
  return (
    !(error instanceof GraphQLClientError) || !['UNREACHABLE', 'CLOSED', 'STORAGE_UNAVAILABLE'].includes(error.code)
  )
}

/** Waits for the time or the signal. Timers of Node.js take a signal; those of browsers do not. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onAbort = () => resolve()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', onAbort, { once: true })
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
}

/**
 * Takes the event from a result; undefined if the document selects nothing of its type.
 * @throws TypeError for an event without its cursor
 */
function eventIn<Result>(result: object): FollowedEvent<Result> | undefined {
  const [event]: unknown[] = Object.values(result)
  if (typeof event === 'object' && event !== null) {
    // Only events have a cursor.
    if ('cursor' in event && typeof event.cursor === 'string') return event as FollowedEvent<Result>
    if (Object.keys(event).every((name) => name === '__typename')) return undefined
  }
  throw new TypeError('expected the document to select `cursor` of each event')
}

/**
 * Follows the events of a log across lost connections: it subscribes again behind the last cursor, so that no event is
 * missed or repeated. `document` takes the variable `after` and selects `cursor`. Events of types of which it selects
 * nothing are skipped. Ends after the last event and with the signal. Rejects with the error of the last attempt.
 */
export async function* followEvents<Result extends object, Variables extends { readonly after?: string | null }>(
  client: Pick<GraphQLClient, 'subscribe'>,
  document: Operation<Result, Variables>,
  variables: Variables,
  options: FollowOptions<FollowedEvent<Result>>,
): AsyncGenerator<FollowedEvent<Result>, void, undefined> {
  const { isLast = () => false, signal, giveUpMs = 30_000, onOpen, onConnection, pause = wait } = options
  let from = variables
  let attempt = 0
  let lostSince: number | undefined
  let isLost = false
  const notifyOpen = () => {
    if (isLost) onConnection?.('BACK')
    isLost = false
    onOpen?.()
  }
  while (!signal.aborted) {
    let lost: Error
    try {
      for await (const result of client.subscribe(document, from, { signal, onOpen: notifyOpen })) {
        attempt = 0
        lostSince = undefined
        const event = eventIn<Result>(result)
        if (!event) continue
        from = { ...from, after: event.cursor }
        yield event
        if (isLast(event)) return
      }
      // A server that shuts down completes its streams.
      lost = new GraphQLClientError('UNREACHABLE', 'The server ended the stream')
    } catch (error) {
      if (signal.aborted) return
      if (isFinal(error) || !(error instanceof Error)) throw error
      lost = error
    }
    lostSince ??= performance.now()
    if (performance.now() - lostSince >= giveUpMs) throw lost
    if (!isLost) onConnection?.('LOST')
    isLost = true
    await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** attempt), signal)
    attempt += 1
  }
}
