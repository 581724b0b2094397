import { isRegistryError, RegistryError } from '../base/errors.ts'

/** Resource not found, in revisions before MCP 2026-07-28. */
const resourceNotFound = -32002
const invalidParams = -32602
/** Characters of a URI in a message. */
const maxQuoted = 200

/** The error of a resource that the server does not have; any other error as it is. */
export function missingResource(error: unknown, uri: string): unknown {
  if (!isRegistryError(error)) return error
  const { jsonRpcCode } = error.details
  if (jsonRpcCode === resourceNotFound || jsonRpcCode === invalidParams) {
    const message = `The server has no resource ${JSON.stringify(uri.slice(0, maxQuoted))}: ${error.message}`
    return new RegistryError('NOT_FOUND', message, { path: ['uri'], details: error.details, cause: error })
  }
  return at(error, ['uri'])
}

/** The error of names or arguments that the server refuses; any other error as it is. */
export function refusedArguments(error: unknown, path: readonly string[]): unknown {
  if (!isRegistryError(error)) return error
  if (error.details.jsonRpcCode !== invalidParams) return at(error, path)
  return new RegistryError('INVALID_INPUT', error.message, { path, details: error.details, cause: error })
}

/** An error of `args`, which is what cannot be sent, with the path of what the caller gave. */
function at(error: RegistryError, path: readonly string[]): RegistryError {
  if (error.path?.[0] !== 'args') return error
  const { code, message, retryable, details } = error
  return new RegistryError(code, message, { path, retryable, details, cause: error })
}
