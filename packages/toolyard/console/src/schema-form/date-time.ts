const two = (value: number) => String(value).padStart(2, '0')

/** The offset of this place at a time, as RFC 3339 writes it. */
function offsetAt(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  if (minutes === 0) return 'Z'
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

const clock = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`

/** A `date-time` (RFC 3339) as the browser's control shows it, in local time; undefined for other texts. */
export function dateTimeText(value: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}/.test(value)) return undefined
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return undefined
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock(date)}`
}

const withSeconds = (time: string) => (time.split(':').length === 2 ? `${time}:00` : time)

/** What the browser's control holds as a `date-time` with the offset of this place. */
export function fromDateTimeText(shown: string): string {
  const [day = '', time = ''] = shown.split('T')
  return `${day}T${withSeconds(time)}${offsetAt(new Date(shown))}`
}

/** A `time` (RFC 3339, full-time) as the browser's control shows it; undefined for other texts and offsets. */
export function timeText(value: string): string | undefined {
  const [, time, offset] = /^(\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2})?$/i.exec(value) ?? []
  if (time === undefined || (offset !== undefined && offset !== offsetAt(new Date()))) return undefined
  return withSeconds(time)
}

/** What the browser's control holds as a `time` with the offset of this place. */
export const fromTimeText = (shown: string): string => `${withSeconds(shown)}${offsetAt(new Date())}`
