import { type StatusLook, StatusMark } from '../app/status-mark.tsx'
import type { ServerRow } from '../live/feed-document.ts'

type Status = ServerRow['status']

const looks: Readonly<Record<Status, StatusLook>> = {
  READY: { words: 'Ready', color: 'teal-6' },
  CONNECTING: { words: 'Connecting', color: 'blue-5', isWorking: true },
  DEGRADED: { words: 'Degraded', color: 'yellow-6' },
  ERROR: { words: 'Error', color: 'red-6' },
  NEEDS_AUTH: { words: 'Needs auth', color: 'orange-6' },
  NEEDS_INPUT: { words: 'Needs input', color: 'orange-6' },
  NEVER_CONNECTED: { words: 'Not connected', color: 'gray-5' },
  DISABLED: { words: 'Disabled', color: 'gray-5' },
}

export const serverStatuses = Object.keys(looks) as readonly Status[]
export const statusName = (status: Status) => looks[status].words

export const ServerStatus = ({ status }: { readonly status: Status }) => (
  <StatusMark status={status} look={looks[status]} />
)

export const transportNames = { STDIO: 'stdio', STREAMABLE_HTTP: 'HTTP', SSE: 'SSE' } as const
