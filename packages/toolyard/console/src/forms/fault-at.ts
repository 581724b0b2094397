import type { Refusal } from '../api/refusal.ts'

export interface Faults {
  /** What the API says of a field, by its path or of anything within it. */
  at(path: string): string | undefined
  /** What it says of no field that is shown. */
  readonly rest: string | undefined
}

/** Gives what the API refused to the field that it is about. `shown` are the paths of the fields, as in `config.stdio.args`. */
export function faultsOf(refusal: Refusal | undefined, shown: readonly string[]): Faults {
  if (!refusal) return { at: () => undefined, rest: undefined }
  const path = refusal.path.join('.')
  const isWithin = (field: string) => path === field || path.startsWith(`${field}.`)
  // The longest is the nearest.
  const field = shown.filter(isWithin).sort((one, other) => other.length - one.length)[0]
  return {
    at: (asked) => (asked === field ? refusal.message : undefined),
    rest: field === undefined ? refusal.message : undefined,
  }
}
