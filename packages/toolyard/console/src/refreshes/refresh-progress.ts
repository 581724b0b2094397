import type { FinishedRefresh, RefreshEvent } from './refresh-documents.ts'

export const phases = ['CONNECTING', 'NEGOTIATING', 'AUTHORIZING', 'LISTING', 'DIFFING', 'PERSISTING'] as const
export type Phase = (typeof phases)[number]

interface NamedTool {
  readonly id: string
  readonly name: string
  readonly warnings: readonly unknown[]
  /** The definition pending approval. */
  readonly quarantine: { readonly warnings: readonly unknown[] } | null
}

/** The state of a refresh, reduced from its events. */
export interface RefreshProgress {
  readonly startedAt: string | undefined
  readonly phase: Phase | undefined
  readonly done: number
  readonly total: number | null
  readonly added: readonly NamedTool[]
  readonly updated: readonly NamedTool[]
  readonly deleted: readonly NamedTool[]
  readonly log: readonly string[]
  readonly finished: FinishedRefresh | undefined
}

export const noProgress: RefreshProgress = {
  startedAt: undefined,
  phase: undefined,
  done: 0,
  total: null,
  added: [],
  updated: [],
  deleted: [],
  log: [],
  finished: undefined,
}

const keptLines = 500
const lists = { ADDED: 'added', UPDATED: 'updated', DELETED: 'deleted' } as const

export function takeEvent(before: RefreshProgress, event: RefreshEvent): RefreshProgress {
  switch (event.__typename) {
    case 'RefreshStarted':
      return { ...before, startedAt: event.at }
    case 'RefreshPhaseChanged':
      return { ...before, phase: event.phase, done: event.done, total: event.total }
    case 'RefreshToolChanged': {
      const list = lists[event.change]
      return { ...before, [list]: [...before[list], event.tool] }
    }
    case 'RefreshLog':
      return { ...before, log: [...before.log, event.text].slice(-keptLines) }
    case 'RefreshFinished':
      return { ...before, finished: event.refresh }
  }
}
