import type { StatusLook } from '../app/status-mark.tsx'
import type { RunStatus } from './run-documents.ts'

/** How each status is shown. */
export const statusLooks: Readonly<Record<RunStatus, StatusLook>> = {
  QUEUED: { words: 'Queued', tone: 'idle', isWorking: true },
  RUNNING: { words: 'Running', tone: 'busy', isWorking: true },
  AWAITING_APPROVAL: { words: 'Waits for an approval', tone: 'waiting' },
  INPUT_REQUIRED: { words: 'Waits for an answer', tone: 'waiting' },
  SUCCEEDED: { words: 'Succeeded', tone: 'good' },
  FAILED: { words: 'Failed', tone: 'bad' },
  CANCELED: { words: 'Canceled', tone: 'idle' },
  TIMED_OUT: { words: 'Timed out', tone: 'bad' },
  OUTCOME_UNKNOWN: { words: 'Outcome unknown', tone: 'waiting' },
}

export const runStatuses = Object.keys(statusLooks) as readonly RunStatus[]
export const statusWords = (status: RunStatus) => statusLooks[status].words
