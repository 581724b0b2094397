import { invalidInput } from './errors.ts'

interface Range {
  readonly min: number
  readonly max: number
}

/** The value, if it is a whole number of the range. INVALID_INPUT with `name`, its members as path. */
export function integerWithin(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalidInput(name.split('.'), `${name}: expected a whole number from ${min} to ${max}, got ${String(value)}`)
}
