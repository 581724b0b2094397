function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** A time for people, in the time zone of the machine: `2026-11-25 21:40:32`. */
export function localDateTime(instant: string): string {
  const at = new Date(instant)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${localTime(instant)}`
}

/** `21:40:32`. */
export function localTime(instant: string): string {
  const at = new Date(instant)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
