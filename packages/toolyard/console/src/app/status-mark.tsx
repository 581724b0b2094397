import { StatusDot, type Tone } from './status-dot.tsx'

/** How a status is shown. */
export interface StatusLook {
  readonly words: string
  readonly tone: Tone
  /** Whether it ends by itself: the dot pulses. */
  readonly isWorking?: true
}

/** A status as a dot of its tone, with its words. */
export function StatusMark({ status, look }: { readonly status: string; readonly look: StatusLook }) {
  const { words, tone, isWorking } = look
  return (
    <span className="status" data-status={status}>
      <StatusDot tone={tone} isWorking={isWorking} />
      {words}
    </span>
  )
}
