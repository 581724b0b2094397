import type { TadaDocumentNode } from 'gql.tada'
import { useEffect, useReducer } from 'react'
import { follow } from './follow.ts'
import { useLive } from './live-context.tsx'

export interface Followed<State> {
  readonly state: State
  /** Why nothing more comes, though the log has no end yet. */
  readonly problem: string | undefined
}

interface LogOptions<Data, Variables, Event, State> {
  /** Followed from its first event whenever it changes. Undefined: nothing is followed. */
  readonly key: string | undefined
  readonly document: TadaDocumentNode<Data, Variables>
  readonly variables: Variables
  readonly eventOf: (data: Data) => Event
  readonly cursorOf: (event: Event) => string
  readonly isLast: (event: Event) => boolean
  readonly initial: State
  readonly reduce: (state: State, event: Event) => State
}

type Action<Event> =
  | { readonly type: 'BEGIN' }
  | { readonly type: 'EVENTS'; readonly events: readonly Event[] }
  | { readonly type: 'PROBLEM'; readonly problem: string }

/** The log of one job, reduced to what is shown of it. */
export function useFollowed<Data, Variables extends { readonly after?: string | null | undefined }, Event, State>(
  options: LogOptions<Data, Variables, Event, State>,
): Followed<State> {
  const { socket, connection } = useLive()
  const { key, document, variables, eventOf, cursorOf, isLast, initial, reduce } = options
  const [followed, dispatch] = useReducer(
    (before: Followed<State>, action: Action<Event>): Followed<State> => {
      if (action.type === 'BEGIN') return { state: initial, problem: undefined }
      if (action.type === 'PROBLEM') return { ...before, problem: action.problem }
      return { ...before, state: action.events.reduce(reduce, before.state) }
    },
    { state: initial, problem: undefined },
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which log it is; the rest is the same for each
  useEffect(() => {
    if (key === undefined) return
    dispatch({ type: 'BEGIN' })
    const leaving = new AbortController()
    let together: Event[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    // A log that is read from its begin comes in thousands: what has come is shown together.
    const show = () => {
      timer = undefined
      dispatch({ type: 'EVENTS', events: together })
      together = []
    }
    const take = async () => {
      const { signal } = leaving
      const events = follow({ socket, document, variables, eventOf, cursorOf, isLast, signal, pause: connection.pause })
      for await (const event of events) {
        if (signal.aborted) return
        together.push(event)
        timer ??= setTimeout(show)
      }
    }
    take().catch((error: unknown) => {
      dispatch({ type: 'PROBLEM', problem: error instanceof Error ? error.message : String(error) })
    })
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [key, socket, connection])

  return followed
}
