/** What a status is, by the colour of its mark. The words beside it say the same. */
export type Tone = 'idle' | 'busy' | 'good' | 'fair' | 'waiting' | 'bad'

interface StatusDotProps {
  readonly tone: Tone
  /** Whether something is going on, which ends by itself. */
  readonly isWorking?: boolean | undefined
}

export function StatusDot({ tone, isWorking = false }: StatusDotProps) {
  return <span className={isWorking ? 'status-dot working' : 'status-dot'} data-tone={tone} />
}
