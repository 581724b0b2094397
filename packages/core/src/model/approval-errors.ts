import { RegistryError } from '../base/errors.ts'

/** The error of a change that has runs go on without the approval that they need now, by an actor that may not do that. */
export function loosening(): RegistryError {
  const message = 'approvalPolicy: only an admin may have runs go on without the approval that they need now'
  return new RegistryError('FORBIDDEN', message, { path: ['approvalPolicy'] })
}
