import type { RunDetails, RunEvent, RunStatus } from './run-documents.ts'

export type Pause = Extract<RunStatus, 'AWAITING_APPROVAL' | 'INPUT_REQUIRED'>

export interface OutputLine {
  readonly stream: 'LOG' | 'STDERR' | 'STDOUT'
  readonly text: string
}

/** The state of a run, reduced from its events. */
export interface RunProgress {
  readonly startedAt: string | undefined
  /** What the run was last waiting for, if nothing in its log says that it went on. */
  readonly pausedFor: Pause | undefined
  /** How often its server has asked for input. */
  readonly asks: number
  readonly progress: number | undefined
  readonly total: number | null
  readonly message: string | null
  readonly lines: readonly OutputLine[]
  readonly leftOut: number
  readonly finished: RunDetails | undefined
}

export const noProgress: RunProgress = {
  startedAt: undefined,
  pausedFor: undefined,
  asks: 0,
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
      return { ...before, pausedFor: 'AWAITING_APPROVAL' }
    case 'ToolRunInputRequested':
      return { ...before, pausedFor: 'INPUT_REQUIRED', asks: before.asks + 1 }
    case 'ToolRunStarted':
      return { ...before, startedAt: event.at, pausedFor: undefined }
    case 'ToolRunProgress':
      return { ...before, progress: event.progress, total: event.total, message: event.message }
    case 'ToolRunOutput': {
      const lines = [...before.lines, { stream: event.stream, text: event.text }].slice(-keptLines)
      return { ...before, lines, leftOut: before.leftOut + event.leftOut }
    }
    case 'ToolRunFinished':
      return { ...before, finished: event.run, pausedFor: undefined }
  }
}
