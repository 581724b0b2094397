const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const

/** The forms that `parseExpiry` accepts, to be read after "takes". */
export const expiryForms =
  'a time from now such as 90d or 12h (s, m, h, d, w, y), or a date such as 2027-01-31, to come'

function isUnit(text: string | undefined): text is keyof typeof units {
  return text !== undefined && text in units
}

/** Parses a time to come; undefined if it is malformed or past. A date means its first moment, in UTC. */
export function parseExpiry(text: string, now: number): Date | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdwy])$/.exec(text) ?? []
  // Without an offset it would be another time on another machine.
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const time = isUnit(unit) ? now + Number(count) * units[unit] : isDate ? Date.parse(text) : Number.NaN
  const date = new Date(time)
  return time > now && date.getUTCFullYear() <= 9999 ? date : undefined
}
