import { useConnection } from './live-context.tsx'

const words = { CONNECTING: 'Connecting', LIVE: 'Live', AWAY: 'Reconnecting', KEY_REFUSED: 'Key rejected' } as const
const colors = {
  CONNECTING: 'var(--mantine-color-gray-6)',
  LIVE: 'var(--mantine-color-teal-7)',
  AWAY: 'var(--mantine-color-orange-7)',
  KEY_REFUSED: 'var(--mantine-color-red-7)',
} as const

export function ConnectionMark() {
  const state = useConnection()
  return (
    <span className="status quiet" data-connection={state}>
      <span className={state === 'AWAY' ? 'status-dot working' : 'status-dot'} style={{ background: colors[state] }} />
      <span className="connection-words">{words[state]}</span>
    </span>
  )
}
