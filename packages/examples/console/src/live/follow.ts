import type { TadaDocumentNode } from 'gql.tada'
import type { Client } from 'graphql-ws'
import { print } from './print.ts'

export interface FollowOptions<Data, Variables, Event> {
  readonly socket: Client
  readonly document: TadaDocumentNode<Data, Variables>
  readonly variables: Variables
  readonly eventOf: (data: Data) => Event
  readonly cursorOf: (event: Event) => string
  /** Whether nothing comes behind this one. @default none is */
  readonly isLast?: (event: Event) => boolean
  readonly signal: AbortSignal
  /** Waits before the connection is tried again. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Hears that the connection is lost, and when it is tried again. */
  readonly onLost?: (retryMs: number) => void
}

/** The API has answered, and will answer the same again. */
export class SubscriptionError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'SubscriptionError'
    this.code = code
  }
}

const firstPauseMs = 200
const maxPauseMs = 3_000
/** Of graphql-transport-ws. */
const forbidden = 4403
const passing = new Set(['CLOSED', 'STORAGE_UNAVAILABLE'])

interface AnsweredError {
  readonly message: string
  readonly extensions?: { readonly code?: unknown } | undefined
}

function finalError(errors: readonly AnsweredError[]): SubscriptionError | undefined {
  const [error] = errors
  const code = String(error?.extensions?.code ?? 'OTHER')
  return error && !passing.has(code) ? new SubscriptionError(code, error.message) : undefined
}

/** Undefined for what may pass, as a connection that is lost. */
function toFinal(error: unknown): SubscriptionError | undefined {
  if (error instanceof SubscriptionError) return error
  if (error instanceof CloseEvent)
    return error.code === forbidden ? new SubscriptionError('UNAUTHENTICATED', 'The API asks for a key') : undefined
  return Array.isArray(error) ? finalError(error) : undefined
}

/**
 * The events of a log whose connection may be lost: it is asked for again behind the last cursor, so that none is missed
 * and none comes twice. Throws SubscriptionError.
 */
export async function* follow<Data, Variables extends { readonly after?: string | null | undefined }, Event>(
  options: FollowOptions<Data, Variables, Event>,
): AsyncGenerator<Event, void, undefined> {
  const { socket, document, variables, eventOf, cursorOf, isLast = () => false, signal, pause, onLost } = options
  const query = print(document)
  let after = variables.after
  let attempt = 0
  while (!signal.aborted) {
    const results = socket.iterate<Data>({ query, variables: { ...variables, after } })
    const leave = () => void results.return?.()
    signal.addEventListener('abort', leave, { once: true })
    try {
      for await (const { data, errors } of results) {
        if (errors) throw finalError(errors) ?? new Error('the stream failed')
        if (!data) continue
        attempt = 0
        const event = eventOf(data)
        after = cursorOf(event)
        yield event
        if (isLast(event)) return
      }
      // A server that shuts down completes its streams.
    } catch (error) {
      const final = toFinal(error)
      if (final) throw final
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
    if (signal.aborted) return
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** attempt)
    attempt += 1
    onLost?.(pauseMs)
    await pause(pauseMs, signal)
  }
}
