/** The outcome of a check. UNKNOWN if a part could not be checked: nothing follows from it, and its `not` is UNKNOWN, too. */
export type Verdict = typeof FAILS | typeof FITS | typeof UNKNOWN

// Numbers, as a check may compare millions.
export const FAILS = 0
export const FITS = 1
export const UNKNOWN = 2

/** The verdict of two checks that must both hold. */
export function both(a: Verdict, b: Verdict): Verdict {
  if (a === FAILS || b === FAILS) return FAILS
  return a === UNKNOWN ? UNKNOWN : b
}

export function opposite(verdict: Verdict): Verdict {
  return verdict === UNKNOWN ? UNKNOWN : verdict === FITS ? FAILS : FITS
}

export const verdictOf = (isFitting: boolean): Verdict => (isFitting ? FITS : FAILS)
