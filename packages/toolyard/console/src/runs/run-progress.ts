import type { RunDetails, RunEvent } from './run-documents.ts'

export interface OutputLine {
  readonly stream: 'LOG' | 'STDERR' | 'STDOUT'
  readonly text: string
}

/** The state of a run, reduced from its events. */
export interface RunProgress {
  readonly startedAt: string | undefined
  /** Whether the run waits for a person. */
  readonly isPaused: boolean
  readonly progress: number | undefined
  readonly total: number | null
  readonly message: string | null
  readonly lines: readonly OutputLine[]
  readonly leftOut: number
  readonly finished: RunDetails | undefined
}

export const noProgress: RunProgress = {
  startedAt: undefined,
  isPaused: false,
  progress: undefined,
  total: null,
  message: null,
  lines: [],
  leftOut: 0,
  finished: undefined,
}

const keptLines = 1_000

export function takeEvent(before: RunProgress, event: RunEvent): RunProgress {
  switch (event.__typename) {
    case 'ToolRunApprovalRequested':
    case 'ToolRunInputRequested':
      return { ...before, isPaused: true }
    case 'ToolRunStarted':
      return { ...before, startedAt: event.at, isPaused: false }
    case 'ToolRunProgress':
      return { ...before, progress: event.progress, total: event.total, message: event.message }
    case 'ToolRunOutput': {
      const lines = [...before.lines, { stream: event.stream, text: event.text }].slice(-keptLines)
      return { ...before, lines, leftOut: before.leftOut + event.leftOut }
    }
    case 'ToolRunFinished':
      return { ...before, finished: event.run, isPaused: false }
  }
}
