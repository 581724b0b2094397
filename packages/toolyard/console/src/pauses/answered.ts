import { useCallback, useState } from 'react'
import type { AskedInput, InputResponse } from './input-documents.ts'

/** An answer that this page has sent. */
export interface Answered {
  readonly request: AskedInput
  /** The `inputRound` of the run in which it was asked. */
  readonly round: number
  readonly response: InputResponse
}

/** Answers by the ids of their runs. Kept in memory only: the API never returns an answer. */
export interface AnsweredInputs {
  readonly of: (runId: string) => readonly Answered[]
  readonly add: (runId: string, answered: Answered) => void
}

const none: readonly Answered[] = []

/** Remembers what was sent, also while the run goes on and its server asks again. */
export function useAnswered(): AnsweredInputs {
  const [all, setAll] = useState<ReadonlyMap<string, readonly Answered[]>>(new Map())
  const add = useCallback((runId: string, answered: Answered) => {
    setAll((before) => new Map([...before, [runId, [...(before.get(runId) ?? none), answered]]]))
  }, [])
  return { of: (runId) => all.get(runId) ?? none, add }
}
