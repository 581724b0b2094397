/** How a status is shown. */
export interface StatusLook {
  readonly words: string
  /** A color of the theme, with its shade. */
  readonly color: string
  /** Whether it ends by itself: the dot pulses. */
  readonly isWorking?: true
}

/** A status as a dot of its color, with its words. */
export function StatusMark({ status, look }: { readonly status: string; readonly look: StatusLook }) {
  const { words, color, isWorking } = look
  return (
    <span className="status" data-status={status}>
      <span
        className={isWorking ? 'status-dot working' : 'status-dot'}
        style={{ background: `var(--mantine-color-${color})` }}
      />
      {words}
    </span>
  )
}
