import { GraphQLClientError } from '@toolyard/graphql/client'
import { CommandError, exitCodes } from '../base/command-error.ts'

/** Whether the key may not do what was asked for: it lacks the scope, or the run is its own, or another's. */
export function isNotAllowed(error: unknown): error is Error {
  if (error instanceof GraphQLClientError) return error.code === 'FORBIDDEN'
  return error instanceof CommandError && error.exitCode === exitCodes.notAllowed
}
