import { invalidInput } from './errors.ts'
import { kindOf } from './json.ts'
import { nearest } from './nearest.ts'

const shownLength = 100

/** Describes an unknown name, with the known one that was probably meant, or else all known ones. */
export function unknownName(given: string, known: readonly string[]): string {
  const meant = nearest(given, known)
  const hint = meant === undefined ? `expected ${known.join(', ')}` : `did you mean ${meant}?`
  return `there is no ${given.slice(0, shownLength)}; ${hint}`
}

/**
 * Checks an object of options, which messages call `name`.
 * @throws INVALID_INPUT if it is not an object, or has an unknown member.
 */
export function assertKnownOptions(name: string, given: unknown, known: readonly string[]): void {
  const path = name.split('.').filter((part) => part !== 'options')
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidInput(path, `${name}: expected an object with ${known.join(', ')}, got ${kindOf(given)}`)
  }
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) throw invalidInput([...path, unknown], `${name}: ${unknownName(unknown, known)}`)
}
