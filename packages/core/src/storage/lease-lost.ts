import { RegistryError } from '../base/errors.ts'

/** The error of a write for an owner that is not recorded: it was taken for gone, and what it worked on was settled. */
export function leaseLost(cause?: unknown): RegistryError {
  const message = 'This node was not heard of for too long, and others have settled what it worked on; try again'
  return new RegistryError('LEASE_LOST', message, { retryable: true, cause })
}
