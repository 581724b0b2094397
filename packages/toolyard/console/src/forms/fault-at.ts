import type { Refusal } from '../api/refusal.ts'

export interface Faults {
  /** The API's error for the field at a path, or for anything within it. */
  at(path: string): string | undefined
  /** The error, if it belongs to no field that is shown. */
  readonly rest: string | undefined
}

/** Assigns the API's error to the field it is about. `shown` lists the paths of the fields, such as `config.stdio.args`. */
export function faultsOf(refusal: Refusal | undefined, shown: readonly string[]): Faults {
  if (!refusal) return { at: () => undefined, rest: undefined }
  const path = refusal.path.join('.')
  const isWithin = (field: string) => path === field || path.startsWith(`${field}.`)
  // The longest path is the nearest field.
  const field = shown.filter(isWithin).sort((one, other) => other.length - one.length)[0]
  return {
    at: (asked) => (asked === field ? refusal.message : undefined),
    rest: field === undefined ? refusal.message : undefined,
  }
}
