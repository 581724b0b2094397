const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

function words(at: string): string {
  const ms = new Date(at).getTime() - Date.now()
  for (const [unit, size] of steps) if (Math.abs(ms) >= size) return ago.format(Math.round(ms / size), unit)
  return 'now'
}

/** The date and the time, as in the page's language. */
export const exactTime = (at: string) => exact.format(new Date(at))

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {words(at)}
    </time>
  )
}

export function durationText(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))} s`
  const seconds = Math.round(ms / 1_000)
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
