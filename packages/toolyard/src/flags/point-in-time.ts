const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** The forms that `parsePast` accepts, to be read after "expected". */
export const pastForms = 'how long ago, such as 2h or 7d (s, m, h, d, w), or a date such as 2027-01-31'

function isUnit(text: string | undefined): text is keyof typeof units {
  return text !== undefined && text in units
}

/** Parses a past time; undefined if it is malformed. A date means its first moment, in UTC. */
export function parsePast(text: string, now: number): Date | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  // Without an offset it would be another time on another machine.
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
  const time = isUnit(unit) ? now - Number(count) * units[unit] : isDate ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) || time < 0 ? undefined : new Date(time)
}
