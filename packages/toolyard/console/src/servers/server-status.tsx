import { type StatusLook, StatusMark } from '../app/status-mark.tsx'
import type { ServerRow } from '../live/feed-document.ts'

type Status = ServerRow['status']

const looks: Readonly<Record<Status, StatusLook>> = {
  READY: { words: 'Ready', tone: 'good' },
  CONNECTING: { words: 'Connecting', tone: 'busy', isWorking: true },
  DEGRADED: { words: 'Degraded', tone: 'fair' },
  ERROR: { words: 'Error', tone: 'bad' },
  NEEDS_AUTH: { words: 'Needs auth', tone: 'waiting' },
  NEEDS_INPUT: { words: 'Needs input', tone: 'waiting' },
  NEVER_CONNECTED: { words: 'Not connected', tone: 'idle' },
  DISABLED: { words: 'Disabled', tone: 'idle' },
}

export const serverStatuses = Object.keys(looks) as readonly Status[]
export const statusName = (status: Status) => looks[status].words

export const ServerStatus = ({ status }: { readonly status: Status }) => (
  <StatusMark status={status} look={looks[status]} />
)

export const transportNames = { STDIO: 'stdio', STREAMABLE_HTTP: 'HTTP', SSE: 'SSE' } as const
