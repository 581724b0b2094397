import { useEffect } from 'react'
import type { CombinedError } from 'urql'
import { useApiQuery } from '../api/use-api-query.ts'
import { changesPausedRuns, type PausedRun, pausedRunById } from './pause-documents.ts'

/** The log of a run does not say that others have answered a part of what its server asks for. */
const askedEveryMs = 5_000

interface PausedRunQuery {
  readonly run: PausedRun | undefined
  readonly error: CombinedError | undefined
  readonly reload: () => void
}

/** A run that waits, by its log; `asks` is how often its server has asked for input. */
export function usePausedRun(id: string, isPaused: boolean, asks: number): PausedRunQuery {
  const { data, error, reload } = useApiQuery({
    query: pausedRunById,
    variables: { id },
    isPaused: !isPaused,
    isOldAfter: changesPausedRuns,
    everyMs: askedEveryMs,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: reload is made anew at each render, and does the same
  useEffect(() => {
    if (isPaused && asks > 1) reload()
  }, [isPaused, asks])
  return { run: isPaused ? (data?.toolRun ?? undefined) : undefined, error, reload }
}
