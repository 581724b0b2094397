import { useEffect, useRef, useState } from 'react'
import { useClient } from 'urql'
import { type CompletedRef, completeArgument } from './feature-documents.ts'

/** Pause in typing before the server is asked, in ms. */
const pauseMs = 200

export interface Completions {
  readonly suggestions: Readonly<Record<string, readonly string[]>>
  /** Why there are no suggestions any more. */
  readonly problem: string | undefined
  /** Asks the server for values of the argument, once the user pauses. */
  readonly suggest: (argument: string, values: Readonly<Record<string, string>>) => void
}

/** Suggests values of arguments while the user types. After the first refusal it asks no more: many servers have none. */
export function useCompletions(ref: CompletedRef): Completions {
  const client = useClient()
  const [suggestions, setSuggestions] = useState<Readonly<Record<string, readonly string[]>>>({})
  const [problem, setProblem] = useState<string>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(0)
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      latest.current += 1
    },
    [],
  )

  const ask = async (argument: string, { [argument]: value = '', ...context }: Readonly<Record<string, string>>) => {
    const asked = ++latest.current
    const input = { ...ref, argument, value, context }
    const { data, error } = await client
      .query(completeArgument, { input }, { requestPolicy: 'network-only' })
      .toPromise()
    if (asked !== latest.current) return
    const answer = data?.completeMcpArgument
    if (answer?.__typename === 'CompleteMcpArgumentPayload') {
      setSuggestions((before) => ({ ...before, [argument]: [...new Set(answer.values)] }))
    } else setProblem(answer?.message ?? error?.message ?? 'The API sent no answer')
  }
  return {
    suggestions,
    problem,
    suggest(argument, values) {
      clearTimeout(timer.current)
      if (problem === undefined) timer.current = setTimeout(() => void ask(argument, values), pauseMs)
    },
  }
}
