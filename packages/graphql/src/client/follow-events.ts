import { GraphQLClientError } from './answer.ts'
import type { GraphQLClient } from './graphql-client.ts'
import type { Operation } from './operation.ts'

export type ConnectionState = 'LOST' | 'BACK'

interface Resumable {
  readonly cursor: string
}

/** The events of a subscription whose cursor its document selects. */
export type FollowedEvent<Result> = Extract<Result[keyof Result], Resumable>

export interface FollowOptions<Event> {
  readonly signal: AbortSignal
  /** Whether nothing comes behind this one. @default none is: it is followed until the signal */
  readonly isLast?: (event: Event) => boolean
  /** How long a server may stay away, in ms. @default 30_000 */
  readonly giveUpMs?: number
  /** Called whenever events can come: at first, and when the connection is there again. */
  readonly onOpen?: () => void
  /** Hears when the connection is lost and will be tried again, and when it is there again; in turn. */
  readonly onConnection?: (state: ConnectionState) => void
  /** Waits before the connection is tried again: for so many ms, or until somebody wants it tried at once. @default a timer */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

const firstPauseMs = 100
const maxPauseMs = 2_000

/** Gone for good, whatever is tried: the server has answered. */
function isFinal(error: unknown): boolean {
  return (
    !(error instanceof GraphQLClientError) || !['UNREACHABLE', 'CLOSED', 'STORAGE_UNAVAILABLE'].includes(error.code)
  )
}

/** Over with the time or the signal. Timers of Node.js take a signal; those of browsers do not. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const onAbort = () => resolve()
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', onAbort, { once: true })
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', onAbort)
}

/** Undefined for an event of a type of which the document selects nothing. Throws TypeError for one without its cursor. */
function eventIn<Result>(result: object): FollowedEvent<Result> | undefined {
  const [event]: unknown[] = Object.values(result)
  if (typeof event === 'object' && event !== null) {
    // Of what a result has only such an event has one.
    if ('cursor' in event && typeof event.cursor === 'string') return event as FollowedEvent<Result>
    if (Object.keys(event).every((name) => name === '__typename')) return undefined
  }
  throw new TypeError('expected `cursor` among the fields of each event that the document selects')
}

/**
 * The events of a log whose connection may be lost: its subscription is asked for again behind the last cursor, so that
 * none is missed and none comes twice. `document` takes the variable `after` and selects `cursor`; events of types of which
 * it selects nothing are passed over. Ends behind the last event and with the signal. Rejects with what the last attempt
 * failed with.
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
  let awaySince: number | undefined
  let isLost = false
  const tellOpen = () => {
    if (isLost) onConnection?.('BACK')
    isLost = false
    onOpen?.()
  }
  while (!signal.aborted) {
    let lost: Error
    try {
      for await (const result of client.subscribe(document, from, { signal, onOpen: tellOpen })) {
        attempt = 0
        awaySince = undefined
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
    awaySince ??= performance.now()
    if (performance.now() - awaySince >= giveUpMs) throw lost
    if (!isLost) onConnection?.('LOST')
    isLost = true
    await pause(Math.min(maxPauseMs, firstPauseMs * 2 ** attempt), signal)
    attempt += 1
  }
}
