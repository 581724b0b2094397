import { StatusDot, type Tone } from '../app/status-dot.tsx'
import type { ServerRow } from '../live/feed-document.ts'

type Status = ServerRow['status']

const looks: Readonly<Record<Status, { readonly words: string; readonly tone: Tone; readonly isWorking?: true }>> = {
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

export function ServerStatus({ status }: { readonly status: Status }) {
  const { words, tone, isWorking } = looks[status]
  return (
    <span className="status" data-status={status}>
      <StatusDot tone={tone} isWorking={isWorking} />
      {words}
    </span>
  )
}

export const transportNames = { STDIO: 'stdio', STREAMABLE_HTTP: 'HTTP', SSE: 'SSE' } as const
