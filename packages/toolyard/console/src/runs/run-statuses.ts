import type { StatusLook } from '../app/status-mark.tsx'
import type { RunStatus } from './run-documents.ts'

/** How each status is shown. */
export const statusLooks: Readonly<Record<RunStatus, StatusLook>> = {
  QUEUED: { words: 'Queued', color: 'gray-5', isWorking: true },
  RUNNING: { words: 'Running', color: 'blue-5', isWorking: true },
  AWAITING_APPROVAL: { words: 'Waits for an approval', color: 'orange-6' },
  INPUT_REQUIRED: { words: 'Waits for an answer', color: 'orange-6' },
  SUCCEEDED: { words: 'Succeeded', color: 'teal-6' },
  FAILED: { words: 'Failed', color: 'red-6' },
  CANCELED: { words: 'Canceled', color: 'gray-5' },
  TIMED_OUT: { words: 'Timed out', color: 'red-6' },
  OUTCOME_UNKNOWN: { words: 'Outcome unknown', color: 'orange-6' },
}

export const runStatuses = Object.keys(statusLooks) as readonly RunStatus[]
export const statusWords = (status: RunStatus) => statusLooks[status].words
