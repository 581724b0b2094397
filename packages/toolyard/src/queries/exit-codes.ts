import type { GraphQLClientError } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import { CommandError, type ExitCode, exitCodes } from '../base/command-error.ts'

/** The fields of a mutation's errors. */
export const refusal = graphql(`
  fragment Refusal on UserError {
    code
    message
    path
  }
`)

/** Exit codes by the code of an error, of the API or a mutation. A code that is not listed is a failure. */
const exitCodeOf: Readonly<Record<string, ExitCode>> = {
  UNREACHABLE: exitCodes.unreachable,
  STORAGE_UNAVAILABLE: exitCodes.unreachable,
  CLOSED: exitCodes.unreachable,
  UNAUTHENTICATED: exitCodes.notAllowed,
  FORBIDDEN: exitCodes.notAllowed,
  OPERATION_NOT_PERSISTED: exitCodes.notAllowed,
  URL_BLOCKED: exitCodes.notAllowed,
  STDIO_NOT_ALLOWED: exitCodes.notAllowed,
  DISABLED: exitCodes.notAllowed,
  QUARANTINED: exitCodes.notAllowed,
  INVALID_INPUT: exitCodes.usage,
  NOT_FOUND: exitCodes.usage,
  NAME_TAKEN: exitCodes.usage,
  REVISION_CONFLICT: exitCodes.usage,
  TOOL_ARGS_INVALID: exitCodes.usage,
  IDEMPOTENCY_CONFLICT: exitCodes.usage,
  IMPORT_UNRESOLVED: exitCodes.usage,
  BAD_USER_INPUT: exitCodes.usage,
  BAD_REQUEST: exitCodes.usage,
  LIMIT_EXCEEDED: exitCodes.usage,
  GRAPHQL_VALIDATION_FAILED: exitCodes.usage,
}

const advice: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'give a key with --key or TOOLYARD_KEY; toolyard keys add makes one',
  GRAPHQL_VALIDATION_FAILED: 'the server is of another version than this program',
}

/** The line and the exit code for an error of this code. */
export function commandError(code: string, message: string, cause?: unknown): CommandError {
  const hint = advice[code]
  const text = hint === undefined ? message : `${message}; ${hint}`
  return new CommandError(exitCodeOf[code] ?? exitCodes.failed, text, { cause })
}

/** The line and the exit code for an answer that is missing or an error. */
export function asCommandError(error: GraphQLClientError): CommandError {
  return commandError(error.code, error.message, error)
}

type RefusalName = 'InputError' | 'ToolArgsError' | 'ConflictError' | 'McpError'

/** Returns the payload of a mutation. Throws CommandError if the answer is an error. */
export function payloadOf<Result extends { readonly __typename: string }>(
  result: Result | null,
): Exclude<Result, { readonly __typename: RefusalName }> {
  if (!result) throw new CommandError(exitCodes.failed, 'The server answered nothing to a mutation')
  if ('code' in result && 'message' in result) throw commandError(String(result.code), String(result.message))
  // Every error has a code, so this is the payload.
  return result as Exclude<Result, { readonly __typename: RefusalName }>
}
