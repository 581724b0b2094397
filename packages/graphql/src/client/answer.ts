/**
 * The reason for a missing answer. `code` is that of the first error of a GraphQL answer, `UNREACHABLE` without an answer,
 * or `ABORTED` if the caller's signal ended the request.
 */
export class GraphQLClientError extends Error {
  readonly code: string
  readonly path: readonly (string | number)[]

  constructor(code: string, message: string, options: { cause?: unknown; path?: readonly (string | number)[] } = {}) {
    super(message, { cause: options.cause })
    this.name = 'GraphQLClientError'
    this.code = code
    this.path = options.path ?? []
  }
}

interface AnswerError {
  readonly message: string
  readonly code: string | undefined
  readonly path: readonly (string | number)[]
}

interface Answer {
  readonly data: unknown
  readonly errors: readonly AnswerError[]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toError(value: unknown): AnswerError | undefined {
  if (!isObject(value) || typeof value.message !== 'string') return undefined
  const { message, path, extensions } = value
  const steps = Array.isArray(path) ? path : []
  return {
    message,
    code: isObject(extensions) && typeof extensions.code === 'string' ? extensions.code : undefined,
    path: steps.filter((step): step is string | number => typeof step === 'string' || typeof step === 'number'),
  }
}

/** Checks an answer by hand: a command on a server would load zod for nothing else. */
function toAnswer(value: unknown): Answer | undefined {
  if (!isObject(value)) return undefined
  const { data, errors = [] } = value
  if (!Array.isArray(errors) || (data === undefined && errors.length === 0)) return undefined
  const parsed = errors.flatMap((error) => toError(error) ?? [])
  return parsed.length === errors.length ? { data, errors: parsed } : undefined
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // `dataOf` reports that it is not an answer.
    return undefined
  }
}

/**
 * Prints the body of a request.
 * @throws GraphQLClientError for variables that are nested too deep
 */
export function requestText(query: string, variables: unknown): string {
  try {
    return JSON.stringify({ query, variables })
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new GraphQLClientError('INVALID_INPUT', 'The variables are nested too deep to be sent', { cause })
  }
}

/**
 * Returns `data` of an answer.
 * @throws GraphQLClientError for errors, and `otherwise()` for a value that is not a GraphQL answer
 */
export function dataOf(value: unknown, otherwise: () => GraphQLClientError): unknown {
  const parsed = toAnswer(value)
  if (!parsed) throw otherwise()
  const [error] = parsed.errors
  if (!error) return parsed.data
  const { message, path, code = 'GRAPHQL_ERROR' } = error
  throw new GraphQLClientError(code, message, { path })
}

/**
 * Returns `data` of an answer over HTTP.
 * @throws GraphQLClientError for errors, and for a text that is not a GraphQL answer
 */
export function parseAnswer(text: string, status: number, url: string): unknown {
  return dataOf(
    jsonOf(text),
    () => new GraphQLClientError('UNREACHABLE', `${url} did not answer as a GraphQL API (HTTP ${status})`),
  )
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  // The error of several failed addresses has no message of its own.
  return cause.message || ('code' in cause ? String(cause.code) : cause.name)
}

export function aborted(url: string, cause: unknown): GraphQLClientError {
  return new GraphQLClientError('ABORTED', `The request to ${url} was aborted`, { cause })
}

export function toUnreachable(error: unknown, url: string, signal: AbortSignal | undefined): GraphQLClientError {
  if (signal?.aborted) return aborted(url, error)
  return new GraphQLClientError('UNREACHABLE', `${url} cannot be reached: ${reasonOf(error)}`, { cause: error })
}
