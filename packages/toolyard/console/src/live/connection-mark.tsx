import { StatusDot } from '../app/status-dot.tsx'
import { useConnection } from './live-context.tsx'

const words = { CONNECTING: 'Connecting', LIVE: 'Live', AWAY: 'Reconnecting', KEY_REFUSED: 'Key rejected' } as const
const tones = { CONNECTING: 'idle', LIVE: 'good', AWAY: 'waiting', KEY_REFUSED: 'bad' } as const

export function ConnectionMark() {
  const state = useConnection()
  return (
    <span className="status quiet" data-connection={state}>
      <StatusDot tone={tones[state]} isWorking={state === 'AWAY'} />
      <span className="connection-words">{words[state]}</span>
    </span>
  )
}
