const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} left`

/** Time left until a moment, in words. */
export function timeLeftText(ms: number): string {
  if (ms <= 0) return 'no time left'
  if (ms >= 2 * dayMs) return plural(Math.floor(ms / dayMs), 'day')
  if (ms >= hourMs) return plural(Math.floor(ms / hourMs), 'hour')
  const seconds = Math.ceil(ms / 1_000)
  const rest = seconds % 60
  if (seconds < 60) return `${seconds} s left`
  return rest === 0 ? `${seconds / 60} min left` : `${Math.floor(seconds / 60)} min ${rest} s left`
}
