import { type FollowedEvent, followEvents } from '@toolyard/graphql/client'
import type { TadaDocumentNode } from 'gql.tada'
import { useLayoutEffect, useReducer } from 'react'
import { operationOf } from '../api/graphql.ts'
import { useLive } from './live-context.tsx'

export interface Followed<State> {
  readonly state: State
  /** Why the log stopped before its end. */
  readonly problem: string | undefined
}

interface LogOptions<Result, Variables, State> {
  /** Identifies the log. A new key follows its log from the first event; undefined follows none. */
  readonly key: string | undefined
  readonly document: TadaDocumentNode<Result, Variables>
  readonly variables: Variables
  readonly isLast: (event: FollowedEvent<Result>) => boolean
  readonly initial: State
  readonly reduce: (state: State, event: FollowedEvent<Result>) => State
}

type Action<Event> =
  | { readonly type: 'BEGIN' }
  | { readonly type: 'EVENTS'; readonly events: readonly Event[] }
  | { readonly type: 'PROBLEM'; readonly problem: string }

/** Follows the log of one job and reduces it to the state that is shown. */
export function useFollowed<Result extends object, Variables extends { readonly after?: string | null }, State>(
  options: LogOptions<Result, Variables, State>,
): Followed<State> {
  const { socket, connection } = useLive()
  const { key, document, variables, isLast, initial, reduce } = options
  const [followed, dispatch] = useReducer(
    (before: Followed<State>, action: Action<FollowedEvent<Result>>): Followed<State> => {
      if (action.type === 'BEGIN') return { state: initial, problem: undefined }
      if (action.type === 'PROBLEM') return { ...before, problem: action.problem }
      return { ...before, state: action.events.reduce(reduce, before.state) }
    },
    { state: initial, problem: undefined },
  )

  // Starts before the next frame, as a short job ends before it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key identifies the log; the rest never changes for a key
  useLayoutEffect(() => {
    if (key === undefined) return
    dispatch({ type: 'BEGIN' })
    const leaving = new AbortController()
    let together: FollowedEvent<Result>[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    // A log read from its start arrives as thousands of events, which are rendered in batches.
    const show = () => {
      timer = undefined
      dispatch({ type: 'EVENTS', events: together })
      together = []
    }
    const take = async () => {
      const { signal } = leaving
      const events = followEvents(socket, operationOf(document), variables, {
        signal,
        isLast,
        giveUpMs: Number.POSITIVE_INFINITY,
        pause: connection.pause,
      })
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
