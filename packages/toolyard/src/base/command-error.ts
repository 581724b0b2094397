/** Exit codes of the program. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, notAllowed: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit codes, as the help and the docs show them. */
export const exitCodesInWords =
  'Exit codes: 0 done; 1 the tool or refresh failed; 2 usage or settings, an unknown server or tool, args that do not fit; 3 unreachable; 4 not allowed'

/** One line for a person, and the code to end with. */
export class CommandError extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** A mistake in how the program was called. */
export class UsageError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(exitCodes.usage, message, options)
  }
}

/** The database or the server cannot be reached. */
export class UnreachableError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(exitCodes.unreachable, message, options)
  }
}
