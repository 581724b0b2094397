import { invalidInput } from './errors.ts'

interface Range {
  readonly min: number
  readonly max: number
}

/**
 * Checks for a whole number within the range.
 * @throws INVALID_INPUT, whose path are the parts of `name`.
 */
export function integerWithin(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalidInput(name.split('.'), `${name}: expected a whole number from ${min} to ${max}, got ${String(value)}`)
}
