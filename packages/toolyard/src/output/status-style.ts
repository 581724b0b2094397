import type { styleText } from 'node:util'

/** The style for the status of a server or a job: good, in progress, off, or failed. */
export function styleOfStatus(status: string): Parameters<typeof styleText>[0] {
  switch (status) {
    case 'READY':
    case 'SUCCEEDED':
      return 'green'
    case 'CONNECTING':
    case 'DEGRADED':
    case 'QUEUED':
    case 'RUNNING':
    case 'AWAITING_APPROVAL':
    case 'INPUT_REQUIRED':
      return 'yellow'
    case 'DISABLED':
    case 'NEVER_CONNECTED':
      return 'dim'
    default:
      return 'red'
  }
}
