import { isRegistryError, type RegistryError } from './errors.ts'

/** Errors of a chain that are looked at: a chain may lead back to its start. */
const maxHops = 8

/** The first thing that `pick` finds along the chain of causes. An AggregateError counts by its first error. */
export function findCause<Found>(error: unknown, pick: (at: Error) => Found | undefined): Found | undefined {
  for (let at = error, hops = 0; at instanceof Error && hops < maxHops; hops += 1) {
    const found = pick(at)
    if (found !== undefined) return found
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return undefined
}

/** An error of our own, such as a refusal by the network policy, that a library has wrapped. */
export function registryErrorIn(error: unknown): RegistryError | undefined {
  return findCause(error, (at) => (isRegistryError(at) ? at : undefined))
}
